public import Core

extension Cnn14: SoundNetwork {
    /// The network, and what rate it hears.
    public var name: String { "PANNs Cnn14, \(samplingRate / 1000) kHz" }
    /// The rate of the sound that it hears, in Hz.
    public var rate: Int { samplingRate }
    /// The samples of a second.
    public var window: Int { samplingRate }

    /// Hears a sound of one channel whole.
    public func hear(_ samples: [Float]) -> Evaluation.Hearing? {
        let heard = self(samples)
        return Evaluation.Hearing(embedding: heard.embedding.elements, logits: heard.logits.elements)
    }
}
