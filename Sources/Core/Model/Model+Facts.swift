/// What is worth telling about a model.
public struct ModelFacts: Sendable, Equatable {
    /// Number of parameters of each part that is there.
    public let parameters: [Model.Part: Int]
    /// In Hz.
    public let samplingRate: Int
    /// Samples per mel frame.
    public let hopSize: Int
    public let melBins: Int
    public let latentChannels: Int
    /// Mel frames and mel bins per latent cell.
    public let factor: Int
    /// Bins of a latent.
    public let latentBins: Int
    /// The length for which the UNet was made, in seconds, if it says so. Others work too.
    public let nativeSeconds: Double?
    /// The kind of vocoder.
    public let vocoder: String
    /// The longest prompt.
    public let maximumTokens: Int
    public let embeddingWidth: Int

    public var totalParameters: Int { parameters.values.reduce(0, +) }
}

extension Model {
    /// Counts the parameters in the headers of the files; no weights are loaded.
    public func facts() throws(CheckpointError) -> ModelFacts {
        var parameters: [Part: Int] = [:]
        for part in Part.allCases where Self.has(part, in: folder) {
            parameters[part] = try weightFile(part).parameterCount
        }
        let factor = autoencoderConfiguration.factor
        return ModelFacts(
            parameters: parameters, samplingRate: frontEnd.samplingRate, hopSize: frontEnd.hopSize,
            melBins: frontEnd.melBins, latentChannels: autoencoderConfiguration.latentChannels, factor: factor,
            latentBins: frontEnd.melBins / factor,
            nativeSeconds: unetConfiguration.sampleLength.map { Double($0 * factor) / frontEnd.frameRate },
            vocoder: vocoderConfiguration.name, maximumTokens: textEncoderConfiguration.maximumTokens,
            embeddingWidth: textEncoderConfiguration.embeddingWidth)
    }
}
