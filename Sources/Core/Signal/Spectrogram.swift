/// A complex short-time spectrum, row-major [frames, bins].
public struct Spectrogram: Sendable, Equatable {
    public let frames: Int
    public let bins: Int
    public var real: [Float]
    public var imaginary: [Float]

    /// All zeros.
    public init(frames: Int, bins: Int) {
        self.frames = frames
        self.bins = bins
        real = [Float](repeating: 0, count: frames * bins)
        imaginary = real
    }

    /// The given values, each array [frames, bins].
    public init(frames: Int, bins: Int, real: [Float], imaginary: [Float]) {
        precondition(real.count == frames * bins && imaginary.count == frames * bins, "a spectrogram of another shape")
        self.frames = frames
        self.bins = bins
        self.real = real
        self.imaginary = imaginary
    }

    /// The absolute values, [frames, bins].
    public var magnitudes: [Float] {
        (0..<frames * bins).map { (real[$0] * real[$0] + imaginary[$0] * imaginary[$0]).squareRoot() }
    }
}
