/// Classifier-free guidance (arXiv 2207.12598): e = e_negative + scale (e_positive - e_negative).
public struct Guidance: Sendable, Equatable {
    /// Up to 1 there is no guidance, and the network runs on the prompt alone.
    public let scale: Float
    /// The noise-to-signal ratios at which there is guidance (arXiv 2404.07724); all by default.
    public let interval: ClosedRange<Float>

    public init(scale: Float, interval: ClosedRange<Float> = 0...Float.infinity) {
        self.scale = scale
        self.interval = interval
    }

    public static let none = Guidance(scale: 1)

    func applies(at level: NoiseLevel) -> Bool {
        scale > 1 && interval.contains(level.noise / level.signal)
    }
}
