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

    /// A linear-phase low-pass by Kaiser's window (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh
    /// window function", 1974): 1 below `pass`, 0 above `stop`, both to 90 dB.
    /// - Parameters:
    ///   - pass: the end of the band that passes, in Hz, above 0.
    ///   - stop: the start of the band that is stopped, in Hz, above `pass`.
    ///   - rate: the sampling rate in Hz.
    public static func lowPass(pass: Double, stop: Double, rate: Int) -> ConvolutionFilter {
        precondition(pass > 0 && stop > pass, "a low-pass from \(pass) to \(stop) Hz")
        let attenuation = 90.0
        let kaiser = KaiserWindow(attenuation: attenuation)
        let width = 2 * Double.pi * (stop - pass) / Double(rate)
        let reach = Int(((attenuation - 7.95) / (2.285 * width) / 2).rounded(.up))
        let cutoff = (pass + stop) / Double(rate)
        let taps = (-reach...reach).map { n in
            let ideal = n == 0 ? cutoff : sin(.pi * cutoff * Double(n)) / (.pi * Double(n))
            return Float(ideal * kaiser(Double(n) / Double(reach + 1)))
        }
        return ConvolutionFilter(taps: taps)
    }

    /// Kaiser's window, made for a stop band of at least 50 dB.
    private struct KaiserWindow {
        private let beta: Double

        init(attenuation: Double) { beta = 0.1102 * (attenuation - 8.7) }

        /// - Parameter place: -1...1.
        func callAsFunction(_ place: Double) -> Double {
            Self.bessel(beta * (1 - place * place).squareRoot()) / Self.bessel(beta)
        }

        /// The modified Bessel function of the first kind and order 0, by its series.
        private static func bessel(_ x: Double) -> Double {
            var (term, sum, k) = (1.0, 1.0, 1.0)
            while term > sum * 1e-17 {
                term *= (x / 2 / k) * (x / 2 / k)
                sum += term
                k += 1
            }
            return sum
        }
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
        let step = transform.size - taps.count + 1
        var result = [Float](repeating: 0, count: samples.count)
        for start in stride(from: 0, to: samples.count, by: step) {
            let part = Array(samples[start..<min(samples.count, start + step)])
            var product = transform.forward(part)
            for bin in product.real.indices {
                let (a, b) = (product.real[bin], product.imaginary[bin])
                let (c, d) = (spectrum.real[bin], spectrum.imaginary[bin])
                product.real[bin] = a * c - b * d
                product.imaginary[bin] = a * d + b * c
            }
            for (offset, value) in transform.inverse(product).prefix(part.count + taps.count - 1).enumerated() {
                let place = start + offset - reach
                if result.indices.contains(place) { result[place] += value }
            }
        }
        return result
    }
}
