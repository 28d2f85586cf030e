public import Core

/// A sound as a condition: through the model's audio tower it says itself what it is.
public struct SoundEmbedding: Sendable {
    let encoder: AudioEncoder
    /// The number of mel frames of one window: as many as the audio tower was trained on.
    public let length: Int

    /// A window whose loudest band is no louder than this log-mel value is silent and says nothing.
    private static let silence: Float = -8

    /// Hears through an audio tower.
    public init(_ encoder: AudioEncoder) {
        self.encoder = encoder
        length = encoder.configuration.maximumFrames
    }

    /// The mean, of length 1, of the embeddings of windows at a hop of half their length.
    ///
    /// - Parameter stretches: log-mels [1, T, F] of unbroken passages. Windows lie within a stretch where one is long enough; else all
    ///   stretches are taken as one, again and again until a window is full.
    /// - Returns: [1, width]; nil where all is silent.
    public func embedding(of stretches: [Tensor]) -> Tensor? {
        var windows = stretches.flatMap { cut($0) }
        if windows.isEmpty {
            let parts = stretches.filter { $0.shape[1] > 0 }
            guard !parts.isEmpty else { return nil }
            let whole = Tensor.concatenated(parts, axis: 1)
            let repeats = (length + whole.shape[1] - 1) / whole.shape[1]
            windows = cut(.concatenated(Array(repeating: whole, count: repeats), axis: 1))
        }
        let loud = windows.filter { window in
            window.withSpan { values in values.indices.contains { values[$0] > Self.silence } }
        }
        guard !loud.isEmpty else { return nil }
        let bins = encoder.configuration.melBins
        var sum = Tensor.zeros([1, encoder.configuration.embeddingWidth])
        for window in loud { sum += encoder(window.sliced(axis: 2, 0..<bins)).unitLength }
        return sum.unitLength
    }

    /// Windows at a hop of half their length, the last one at the end.
    private func cut(_ stretch: Tensor) -> [Tensor] {
        let frames = stretch.shape[1]
        guard frames >= length else { return [] }
        var starts = Array(stride(from: 0, through: frames - length, by: length / 2))
        // A rest of less than half a hop is left out.
        if frames - length - starts[starts.count - 1] > length / 4 { starts.append(frames - length) }
        return starts.map { stretch.sliced(axis: 1, $0..<$0 + length) }
    }
}

extension Tensor {
    /// The vector of the same direction and length 1.
    var unitLength: Tensor {
        let norm = elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return norm > 1e-12 ? self / norm : self
    }
}
