internal import Core
internal import Foundation

/// All-passes that make of a sound others of the same spectrum that do not go with it, nor with each other.
enum Decorrelator {
    /// The spectrum of an all-pass: noise that dies away, with its magnitudes made equal.
    /// - Parameters:
    ///   - index: each has its own noise.
    ///   - size: of the transform.
    ///   - rate: in Hz.
    ///   - decay: seconds after which a third of the noise is left.
    static func spectrum(_ index: Int, size: Int, rate: Int, decay: Double = 0.006) -> Spectrum {
        var state = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
        let burst = (0..<size / 4).map { place -> Float in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let uniform = Double(state >> 11) / Double(1 << 52) - 1
            let seconds = Double(place) / Double(rate)
            return seconds < 0.001 ? 0 : Float(uniform * exp(-seconds / decay))
        }
        var spectrum = FourierTransform.ofSize(size).forward(burst)
        for bin in spectrum.real.indices {
            let (real, imaginary) = (spectrum.real[bin], spectrum.imaginary[bin])
            let magnitude = max(1e-9, (real * real + imaginary * imaginary).squareRoot())
            (spectrum.real[bin], spectrum.imaginary[bin]) = (real / magnitude, imaginary / magnitude)
        }
        return spectrum
    }

    /// Some all-passes as filters, for a band in which a click is to stay one: theirs die away in some 2 ms.
    static func filters(_ count: Int, rate: Int) -> [ConvolutionFilter] {
        let size = 2 * FrequencyBands.size(seconds: 0.0427, rate: rate)
        return Parallel.map(count) {
            let response = spectrum($0, size: size, rate: rate, decay: 0.002)
            let taps = ConvolutionFilter(response: response, reach: size / 4).taps
            // What the filter's end was cut off of is made up for, so that noise keeps its power.
            let power = taps.reduce(0) { $0 + $1 * $1 }
            return ConvolutionFilter(taps: taps.map { $0 / power.squareRoot() })
        }
    }
}
