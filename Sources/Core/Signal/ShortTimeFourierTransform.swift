internal import Foundation

/// The short-time Fourier transform with a periodic Hann window, and its inverse.
///
/// Frame `t` is centred on sample `t * hopSize`; the signal is continued by reflection at both ends
/// (as in librosa.stft and torch.stft with `center=True, pad_mode="reflect"`).
public struct ShortTimeFourierTransform: Sendable {
    /// The number of samples under one transform, the window's among them.
    public let fftSize: Int
    /// The number of samples under the window, which is centred in the transform.
    public let windowSize: Int
    /// The number of samples from one frame to the next.
    public let hopSize: Int
    /// The number of bins of a frame: `fftSize / 2 + 1`.
    public var bins: Int { fftSize / 2 + 1 }

    /// The window with its zeros on both sides, `fftSize` long.
    let window: [Float]
    let transform: FourierTransform

    /// A transform of given sizes, all above 0, in samples.
    /// - Parameters:
    ///   - fftSize: the samples under one transform.
    ///   - windowSize: the samples under the window, at most `fftSize`.
    ///   - hopSize: the samples from one frame to the next.
    public init(fftSize: Int, windowSize: Int, hopSize: Int) {
        precondition(fftSize > 0 && hopSize > 0 && (1...fftSize).contains(windowSize), "impossible transform sizes")
        self.fftSize = fftSize
        self.windowSize = windowSize
        self.hopSize = hopSize
        let hann = Self.hannWindow(windowSize)
        let before = (fftSize - windowSize) / 2
        window =
            [Float](repeating: 0, count: before) + hann
            + [Float](repeating: 0, count: fftSize - windowSize - before)
        transform = .ofSize(fftSize)
    }

    init(_ frontEnd: FrontEnd) {
        self.init(fftSize: frontEnd.fftSize, windowSize: frontEnd.windowSize, hopSize: frontEnd.hopSize)
    }

    /// The periodic Hann window of some number of samples: `0.5 - 0.5 cos(2 pi n / size)`.
    public static func hannWindow(_ size: Int) -> [Float] {
        (0..<size).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(size))) }
    }

    /// The number of frames of a signal of some number of samples: `1 + samples / hopSize`.
    public func frames(samples: Int) -> Int { 1 + samples / hopSize }

    /// The spectrogram of `samples` (at least one), [1 + count / hopSize, bins].
    public func callAsFunction(_ samples: [Float]) -> Spectrogram {
        var result = Spectrogram(frames: frames(samples: samples.count), bins: bins)
        let bins = bins
        unsafe result.real.withUnsafeMutableBufferPointer { real in
            unsafe result.imaginary.withUnsafeMutableBufferPointer { imaginary in
                forEachFrame(of: samples) { frame, space in
                    for bin in 0..<bins {
                        unsafe (real[frame * bins + bin], imaginary[frame * bins + bin]) = space.spectrum[bin]
                    }
                }
            }
        }
        return result
    }

    /// The magnitudes of `samples` (at least one), row-major [1 + count / hopSize, bins].
    public func magnitudes(_ samples: [Float]) -> [Float] {
        let bins = bins
        var result = [Float](repeating: 0, count: frames(samples: samples.count) * bins)
        unsafe result.withUnsafeMutableBufferPointer { result in
            forEachFrame(of: samples) { frame, space in
                for bin in 0..<bins {
                    let (real, imaginary) = unsafe space.spectrum[bin]
                    unsafe result[frame * bins + bin] = (real * real + imaginary * imaginary).squareRoot()
                }
            }
        }
        return result
    }

    /// - Parameter body: is given each frame and its spectrum; called from many threads.
    private func forEachFrame(of samples: [Float], _ body: (Int, FourierWorkspace) -> Void) {
        precondition(!samples.isEmpty, "a short-time transform of no samples")
        let padded = Self.reflecting(samples, by: fftSize / 2, fftSize - fftSize / 2)
        Parallel.run(frames(samples: samples.count), by: Self.framesAtOnce) { run in
            let space = FourierWorkspace(size: fftSize)
            unsafe padded.withUnsafeBufferPointer { padded in
                unsafe window.withUnsafeBufferPointer { window in
                    for frame in run {
                        let start = frame * hopSize
                        for index in 0..<fftSize { unsafe space.samples[index] = padded[start + index] * window[index] }
                        transform.forward(space)
                        body(frame, space)
                    }
                }
            }
        }
    }

    /// Frames that a thread transforms before it asks for more.
    private static let framesAtOnce = 16

    /// Continues a signal by reflection about its first and last samples, again and again if it is short.
    static func reflecting(_ samples: [Float], by before: Int, _ after: Int) -> [Float] {
        let count = samples.count
        let period = max(1, 2 * (count - 1))
        func reflected(_ index: Int) -> Float {
            let folded = ((index % period) + period) % period
            return samples[folded < count ? folded : period - folded]
        }
        return (-before..<0).map(reflected) + samples + (count..<count + after).map(reflected)
    }

    /// The signal whose spectrogram comes nearest to the given one (weighted overlap-add: Griffin and Lim, "Signal
    /// estimation from modified short-time Fourier transform", 1984, equation 6). Its first sample is the one under the
    /// middle of frame 0.
    /// - Parameters:
    ///   - spectrogram: frames of ``bins`` bins.
    ///   - length: the number of samples; nil for `(frames - 1) * hopSize`, all that every frame supports.
    public func inverse(_ spectrogram: Spectrogram, length: Int? = nil) -> [Float] {
        inverse(spectrogram, skipping: fftSize / 2, length: length ?? (spectrogram.frames - 1) * hopSize)
    }

    /// The signal as by ``inverse(_:length:)``, from any sample on.
    /// - Parameters:
    ///   - spectrogram: frames of ``bins`` bins.
    ///   - skipping: the samples between the first one under frame 0 and the first one of the result.
    ///   - length: the number of samples of the result.
    public func inverse(_ spectrogram: Spectrogram, skipping: Int, length: Int) -> [Float] {
        precondition(spectrogram.bins == bins, "\(spectrogram.bins) bins for a transform of \(bins)")
        var pieces = [Float](repeating: 0, count: spectrogram.frames * fftSize)
        let scale = 1 / Float(fftSize)
        unsafe pieces.withUnsafeMutableBufferPointer { pieces in
            let pieces = unsafe pieces
            Parallel.run(spectrogram.frames, by: Self.framesAtOnce) { run in
                let space = FourierWorkspace(size: fftSize)
                for frame in run {
                    for bin in 0..<bins {
                        space.setPair(
                            bin, spectrogram.real[frame * bins + bin], spectrogram.imaginary[frame * bins + bin])
                    }
                    transform.inverseUnscaled(space)
                    for index in 0..<fftSize {
                        unsafe pieces[frame * fftSize + index] = space.samples[index] * window[index] * scale
                    }
                }
            }
        }
        return overlapAdded(pieces, frames: spectrogram.frames, skipping: skipping, length: length)
    }

    /// The signal whose spectrogram comes nearest to that of `samples` (at least one) with every bin multiplied by a factor.
    /// - Parameter setFactors: sets a frame's factors, one for each bin, given its magnitudes; called from many threads.
    func scaled(
        _ samples: [Float], setFactors: (_ frame: Int, _ magnitudes: [Float], _ factors: inout [Float]) -> Void
    ) -> [Float] {
        precondition(!samples.isEmpty, "a short-time transform of no samples")
        let padded = Self.reflecting(samples, by: fftSize / 2, fftSize - fftSize / 2)
        let frames = frames(samples: samples.count)
        var pieces = [Float](repeating: 0, count: frames * fftSize)
        let scale = 1 / Float(fftSize)
        unsafe pieces.withUnsafeMutableBufferPointer { pieces in
            Parallel.run(frames, by: Self.framesAtOnce) { run in
                let space = FourierWorkspace(size: fftSize)
                var magnitudes = [Float](repeating: 0, count: bins)
                var factors = magnitudes
                for frame in run {
                    for index in 0..<fftSize {
                        unsafe space.samples[index] = padded[frame * hopSize + index] * window[index]
                    }
                    transform.forward(space)
                    for bin in 0..<bins {
                        let (real, imaginary) = space.pair(bin)
                        magnitudes[bin] = (real * real + imaginary * imaginary).squareRoot()
                    }
                    setFactors(frame, magnitudes, &factors)
                    for bin in 0..<bins {
                        let (real, imaginary) = space.pair(bin)
                        space.setPair(bin, real * factors[bin], imaginary * factors[bin])
                    }
                    transform.inverseUnscaled(space)
                    for index in 0..<fftSize {
                        unsafe pieces[frame * fftSize + index] = space.samples[index] * window[index] * scale
                    }
                }
            }
        }
        return overlapAdded(pieces, frames: frames, skipping: fftSize / 2, length: samples.count)
    }

    /// Frames of windowed samples, row-major [frames, fftSize], added up where they lie and divided by the windows' power.
    /// - Parameters:
    ///   - skipping: the samples between the first one under frame 0 and the first one of the result.
    ///   - length: the number of samples of the result; those under no frame are 0.
    private func overlapAdded(_ pieces: [Float], frames: Int, skipping: Int, length: Int) -> [Float] {
        var result = [Float](repeating: 0, count: length)
        guard frames > 0 else { return result }
        unsafe result.withUnsafeMutableBufferPointer { result in
            let result = unsafe result
            Parallel.run(length, by: 1 << 13) { run in
                for place in run {
                    let sample = skipping + place
                    let (first, last) = (
                        max(0, (sample - fftSize + hopSize) / hopSize), min(frames - 1, sample / hopSize)
                    )
                    guard first <= last else { continue }
                    var (sum, power): (Float, Float) = (0, 0)
                    for frame in first...last {
                        let index = sample - frame * hopSize
                        sum += pieces[frame * fftSize + index]
                        power += window[index] * window[index]
                    }
                    if power > 1e-11 { unsafe result[place] = sum / power }
                }
            }
        }
        return result
    }
}
