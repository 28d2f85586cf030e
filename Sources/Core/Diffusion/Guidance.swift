/// Classifier-free guidance (arXiv 2207.12598): e = e_negative + scale (e_positive - e_negative).
public struct Guidance: Sendable, Equatable {
    /// 1: the network runs on the positive condition alone; 0: on the negative one. Else it runs on both. (diffusers takes less than 1 for 1.)
    public let scale: Float
    /// The noise-to-signal ratios at which there is guidance (arXiv 2404.07724); all by default.
    public let interval: ClosedRange<Float>

    public init(scale: Float, interval: ClosedRange<Float> = 0...Float.infinity) {
        self.scale = scale
        self.interval = interval
    }

    public static let none = Guidance(scale: 1)

    func applies(at level: NoiseLevel) -> Bool {
        scale != 1 && interval.contains(level.noise / level.signal)
    }
}
