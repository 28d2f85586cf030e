/// A complex short-time spectrum, row-major [frames, bins].
public struct Spectrogram: Sendable, Equatable {
    /// The number of frames.
    public let frames: Int
    /// The number of bins of a frame.
    public let bins: Int
    /// The real parts, row-major [frames, bins].
    public var real: [Float]
    /// The imaginary parts, row-major [frames, bins].
    public var imaginary: [Float]

    /// A spectrogram of zeros.
    public init(frames: Int, bins: Int) {
        self.frames = frames
        self.bins = bins
        real = [Float](repeating: 0, count: frames * bins)
        imaginary = real
    }

    /// A spectrogram of given real and imaginary parts, each row-major [frames, bins].
    public init(frames: Int, bins: Int, real: [Float], imaginary: [Float]) {
        precondition(real.count == frames * bins && imaginary.count == frames * bins, "a spectrogram of another shape")
        self.frames = frames
        self.bins = bins
        self.real = real
        self.imaginary = imaginary
    }

    /// The absolute values, row-major [frames, bins].
    public var magnitudes: [Float] {
        (0..<frames * bins).map { (real[$0] * real[$0] + imaginary[$0] * imaginary[$0]).squareRoot() }
    }
}
