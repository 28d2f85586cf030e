/// Classifier-free guidance (arXiv 2207.12598): e = e_negative + scale (e_positive - e_negative).
public struct Guidance: Sendable, Equatable {
    /// How far the prediction goes from the negative condition (0) to the positive one (1) and beyond.
    ///
    /// At 1 the network runs on the positive condition alone, at 0 on the negative one, and else on both, which doubles
    /// the work. diffusers takes less than 1 for 1.
    public let scale: Float
    /// The noise-to-signal ratios at which there is guidance (arXiv 2404.07724); all by default.
    public let interval: ClosedRange<Float>
    /// How many steps the difference of both predictions holds for, at least 1: in the steps between, the network runs on the positive
    /// condition alone, which is half the work, and the difference that was found last is added (compare arXiv 2312.12487).
    public let period: Int

    /// Guidance of some scale, at some of the noise levels.
    /// - Parameters:
    ///   - scale: 1 for no guidance; usually between 2 and 5.
    ///   - interval: the noise-to-signal ratios at which there is guidance.
    ///   - period: how many steps the difference of both predictions holds for, at least 1.
    public init(scale: Float, interval: ClosedRange<Float> = 0...Float.infinity, period: Int = 1) {
        precondition(period >= 1, "a difference that holds for no step")
        self.scale = scale
        self.interval = interval
        self.period = period
    }

    /// No guidance: the network runs on the positive condition alone.
    public static let none = Guidance(scale: 1)

    func applies(at level: NoiseLevel) -> Bool {
        scale != 1 && interval.contains(level.noise / level.signal)
    }
}
