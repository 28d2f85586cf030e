/// The sizes of a model that are worth telling to a person.
public struct ModelFacts: Sendable, Equatable {
    /// The number of parameters of each part that the model has.
    public let parameters: [Model.Part: Int]
    /// The sampling rate of the sound that the model makes, in Hz.
    public let samplingRate: Int
    /// The number of samples in a mel frame.
    public let hopSize: Int
    /// The number of mel bands.
    public let melBins: Int
    /// The number of channels of a latent cell.
    public let latentChannels: Int
    /// The number of mel frames, and of mel bands, that a latent cell covers.
    public let factor: Int
    /// The number of latent cells over frequency.
    public let latentBins: Int
    /// The length for which the UNet was made, in seconds, if it says so. Other lengths work too.
    public let nativeSeconds: Double?
    /// The kind of the vocoder, such as "Vocos".
    public let vocoder: String
    /// The number of tokens of the longest prompt; a longer one is cut off.
    public let maximumTokens: Int
    /// The number of elements of a prompt's embedding.
    public let embeddingWidth: Int

    /// What the memory holds; nil for a model without one.
    public let memory: MemoryFacts?

    /// The number of parameters of all parts together.
    public var totalParameters: Int { parameters.values.reduce(0, +) }
}

/// The sizes of a model's memory.
public struct MemoryFacts: Sendable, Equatable {
    /// The number of captions whose sounds it has the place of.
    public let captions: Int
    /// The number of words that it knows.
    public let words: Int
}

extension Model {
    /// Tells a model's sizes. It counts the parameters in the headers of the files; no weights are loaded but the memory's.
    /// - Throws: `CheckpointError` for weights that cannot be opened.
    public func facts() throws(CheckpointError) -> ModelFacts {
        var parameters: [Part: Int] = [:]
        for part in Part.allCases where files.has(part) {
            parameters[part] = try files.weights(part).parameterCount
        }
        let factor = autoencoderConfiguration.factor
        return ModelFacts(
            parameters: parameters, samplingRate: frontEnd.samplingRate, hopSize: frontEnd.hopSize,
            melBins: frontEnd.melBins, latentChannels: autoencoderConfiguration.latentChannels, factor: factor,
            latentBins: frontEnd.melBins / factor,
            nativeSeconds: unetConfiguration.sampleLength.map { Double($0 * factor) / frontEnd.frameRate },
            vocoder: vocoderConfiguration.name, maximumTokens: textEncoderConfiguration.maximumTokens,
            embeddingWidth: textEncoderConfiguration.embeddingWidth,
            memory: try memory().map { MemoryFacts(captions: $0.captions.count, words: $0.wordCount) })
    }
}
