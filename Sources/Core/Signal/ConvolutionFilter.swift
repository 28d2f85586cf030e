internal import Foundation

/// A filter that is given by its impulse response and applied without delay, through Fourier transforms.
public struct ConvolutionFilter: Sendable {
    /// The number of samples to either side that a sample of the result depends on.
    public let reach: Int
    /// The impulse response, `2 * reach + 1` numbers; `taps[reach]` is the response at time 0.
    public let taps: [Float]
    private let transform: FourierTransform
    private let spectrum: Spectrum

    /// A filter of a given impulse response.
    /// - Parameter taps: an odd number of them, time 0 in the middle.
    public init(taps: [Float]) {
        precondition(taps.count % 2 == 1, "an even number of taps has no middle")
        self.taps = taps
        reach = taps.count / 2
        var size = 1024
        while size < 4 * taps.count { size *= 2 }
        transform = .ofSize(size)
        spectrum = transform.forward(taps)
    }

    /// A linear-phase low-pass by Kaiser's window: 1 below `pass`, 0 above `stop`, both to 90 dB.
    /// - Parameters:
    ///   - pass: the end of the band that passes, in Hz, above 0.
    ///   - stop: the start of the band that is stopped, in Hz, above `pass`.
    ///   - rate: the sampling rate in Hz.
    public static func lowPass(pass: Double, stop: Double, rate: Int) -> ConvolutionFilter {
        ConvolutionFilter(taps: KaiserWindow.lowPass(pass: pass, stop: stop, rate: Double(rate), attenuation: 90))
    }

    /// A linear-phase filter with a given response, smoothed to `2 * reach + 1` taps by Kaiser's window.
    /// - Parameters:
    ///   - response: real values at `0...size/2` of `size` bins, `size` being a power of two and at least `4 * reach`.
    ///   - reach: the number of taps to either side of the middle.
    ///   - attenuation: by how many dB what the window smears is lowered, at least 50.
    public init(response: [Float], reach: Int, attenuation: Double) {
        let size = 2 * (response.count - 1)
        precondition(size >= 4 * reach, "a response of \(size) bins for a reach of \(reach)")
        var spectrum = Spectrum(bins: response.count)
        for (bin, value) in response.enumerated() { spectrum.real[bin] = value }
        let impulse = FourierTransform.ofSize(size).inverse(spectrum)
        let kaiser = KaiserWindow(attenuation: attenuation)
        self.init(
            taps: (-reach...reach).map { n in
                impulse[(n + size) % size] * Float(kaiser(Double(n) / Double(reach + 1)))
            })
    }

    /// A filter with a given response, smoothed to `2 * reach + 1` taps by a Hann window.
    /// - Parameters:
    ///   - response: complex values at `0...size/2` of `size` bins, `size` being even and at least `4 * reach`.
    ///   - reach: the number of taps to either side of the middle.
    public init(response: Spectrum, reach: Int) {
        let size = 2 * (response.real.count - 1)
        precondition(size >= 4 * reach, "a response of \(size) bins for a reach of \(reach)")
        let impulse = FourierTransform.ofSize(size).inverse(response)
        self.init(
            taps: (-reach...reach).map { n in
                impulse[(n + size) % size] * Float(0.5 + 0.5 * cos(.pi * Double(n) / Double(reach + 1)))
            })
    }

    /// Filters samples, as if there were zeros beyond both ends; the result is as long as `samples`.
    public func callAsFunction(_ samples: [Float]) -> [Float] {
        // Of each transform what no other sample reaches, so that no two of them write the same one.
        let step = transform.size - 2 * reach
        return unsafe [Float](unsafeUninitializedCapacity: samples.count) { result, count in
            let result = unsafe result
            Parallel.run(samples.count, by: step) { range in
                let space = FourierWorkspace(size: transform.size)
                let first = range.lowerBound - reach
                let known = max(0, first)..<min(samples.count, range.upperBound + reach)
                unsafe space.samples.update(repeating: 0)
                for index in known { unsafe space.samples[index - first] = samples[index] }
                transform.forward(space)
                for bin in spectrum.real.indices {
                    let ((a, b), c, d) = (space.pair(bin), spectrum.real[bin], spectrum.imaginary[bin])
                    space.setPair(bin, a * c - b * d, a * d + b * c)
                }
                transform.inverseUnscaled(space)
                let scale = 1 / Float(transform.size)
                // The response's middle is tap `reach`, and the transform began as far before the range.
                for index in range { unsafe result[index] = space.samples[index - first + reach] * scale }
            }
            count = samples.count
        }
    }
}
