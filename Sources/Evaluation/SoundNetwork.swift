/// A network that hears what sounds are, by which sets of them are compared. Figures of different networks cannot be compared.
public protocol SoundNetwork: Sendable {
    /// What the network is called in reports.
    var name: String { get }
    /// The rate of the sound that it hears, in Hz.
    var rate: Int { get }
    /// The samples of a window, for figures that have one embedding for each.
    var window: Int { get }

    /// Hears a sound of one channel whole.
    /// - Returns: nil for a sound that says nothing to the network, such as silence.
    /// - Throws: `CheckpointError` where weights cannot be read.
    func hear(_ samples: [Float]) throws -> Hearing?
}

/// What a network makes of a sound.
public struct Hearing: Sendable {
    /// The embedding.
    public let embedding: [Float]
    /// The classes before softmax.
    public let logits: [Float]

    /// What a network of your own makes of a sound.
    /// - Parameters:
    ///   - embedding: the embedding.
    ///   - logits: the classes before softmax.
    public init(embedding: [Float], logits: [Float]) {
        self.embedding = embedding
        self.logits = logits
    }
}

extension SoundNetwork {
    /// Windows one after the other, as far as they are full; a sound of less than one is followed by silence.
    func windows(of samples: [Float]) -> [[Float]] {
        guard samples.count > window else {
            return [samples + [Float](repeating: 0, count: window - samples.count)]
        }
        return stride(from: 0, through: samples.count - window, by: window).map { Array(samples[$0..<$0 + window]) }
    }
}
