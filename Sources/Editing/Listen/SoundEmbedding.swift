public import Core

/// A sound as a condition: through the model's audio tower it says itself what it is.
public struct SoundEmbedding: Sendable {
    let encoder: AudioEncoder
    /// nil for a tower that hears the model's own log-mels.
    private let frontEnd: TowerFrontEnd?
    /// The number of mel frames of one window: as many as the audio tower was trained on.
    public let length: Int

    /// A window whose loudest band is no louder than this log-mel value is silent and says nothing.
    private static let silence: Float = -8
    /// The same for samples.
    private static let silentSample: Float = 1e-4

    /// Whether the tower hears samples, at a rate of its own, and not log-mels.
    public var hearsSamples: Bool { frontEnd != nil }

    /// Hears through an audio tower.
    /// - Parameters:
    ///   - encoder: the tower.
    ///   - frontEnd: what it hears, where that is not the model's own log-mel.
    public init(_ encoder: AudioEncoder, _ frontEnd: TowerFrontEnd? = nil) {
        self.encoder = encoder
        self.frontEnd = frontEnd
        length = encoder.configuration.maximumFrames
    }

    /// Hears through a model's audio tower; nil for a model without one.
    /// - Throws: `CheckpointError` for weights that cannot be read or do not fit the configuration.
    init?(of model: Model) throws {
        guard let encoder = try model.audioEncoder() else { return nil }
        self.init(encoder, model.towerFrontEnd)
    }

    /// What is heard of a sound, in whatever form the tower hears.
    func embedding(of heard: HeardSound) throws -> Tensor? {
        hearsSamples ? try embedding(of: heard.samples(), rate: heard.rate) : embedding(of: try heard.mels())
    }

    /// The mean, of length 1, of the embeddings of windows at a hop of half their length.
    ///
    /// - Parameter stretches: log-mels [1, T, F] of unbroken passages. Windows lie within a stretch where one is long enough; else all
    ///   stretches are taken as one, again and again until a window is full.
    /// - Returns: [1, width]; nil where all is silent.
    public func embedding(of stretches: [Tensor]) -> Tensor? {
        precondition(!hearsSamples, "log-mels for a tower that hears samples")
        var windows = stretches.flatMap { cut($0) }
        if windows.isEmpty {
            let parts = stretches.filter { $0.shape[1] > 0 }
            guard !parts.isEmpty else { return nil }
            let whole = Tensor.concatenated(parts, axis: 1)
            let repeats = (length + whole.shape[1] - 1) / whole.shape[1]
            windows = cut(.concatenated(Array(repeating: whole, count: repeats), axis: 1))
        }
        let bins = encoder.configuration.melBins
        return mean(
            windows.filter { window in
                window.withSpan { values in values.indices.contains { values[$0] > Self.silence } }
            }.map { $0.sliced(axis: 2, 0..<bins) })
    }

    /// The same of samples, for a tower that hears them.
    /// - Parameters:
    ///   - stretches: the samples of unbroken passages. Windows lie within a stretch where one is long enough; else all stretches
    ///     are taken as one, which is heard as `TowerFrontEnd` says.
    ///   - rate: their rate, in Hz.
    /// - Returns: [1, width]; nil where all is silent.
    /// - Throws: `AudioError.unsupportedRate` where the tower's rate is too far from theirs.
    public func embedding(of stretches: [[Float]], rate: Int) throws(AudioError) -> Tensor? {
        guard let frontEnd else { preconditionFailure("samples for a tower that hears log-mels") }
        var heard: [[Float]] = []
        for stretch in stretches where !stretch.isEmpty {
            heard.append(try Resampler.resample(stretch, from: rate, to: frontEnd.samplingRate))
        }
        let window = frontEnd.window
        var windows = heard.flatMap { sound in Self.starts(sound.count, window).map { Array(sound[$0..<$0 + window]) } }
        if windows.isEmpty { windows = [Array(heard.joined().prefix(window))] }
        return mean(
            windows.filter { window in window.contains { abs($0) > Self.silentSample } }.map { frontEnd($0) })
    }

    private func mean(_ windows: [Tensor]) -> Tensor? {
        guard !windows.isEmpty else { return nil }
        var sum = Tensor.zeros([1, encoder.configuration.embeddingWidth])
        for window in windows { sum += encoder(window).unitLength }
        return sum.unitLength
    }

    private func cut(_ stretch: Tensor) -> [Tensor] {
        Self.starts(stretch.shape[1], length).map { stretch.sliced(axis: 1, $0..<$0 + length) }
    }

    /// The places of windows at a hop of half their length, the last one at the end; none where not even one fits.
    private static func starts(_ count: Int, _ length: Int) -> [Int] {
        guard count >= length else { return [] }
        var starts = Array(stride(from: 0, through: count - length, by: length / 2))
        // A rest of less than half a hop is left out.
        if count - length - starts[starts.count - 1] > length / 4 { starts.append(count - length) }
        return starts
    }
}

/// Stretches of a sound that can be heard by towers of both kinds: each form is made when it is asked for.
struct HeardSound {
    /// Of the samples, in Hz.
    let rate: Int
    /// The model's log-mels, [1, T, F].
    let mels: () throws -> [Tensor]
    let samples: () throws -> [[Float]]

    /// Nothing is heard.
    static var nothing: HeardSound { HeardSound(rate: 1, mels: { [] }, samples: { [] }) }
}

extension Tensor {
    /// The vector of the same direction and length 1.
    var unitLength: Tensor {
        let norm = elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return norm > 1e-12 ? self / norm : self
    }
}
