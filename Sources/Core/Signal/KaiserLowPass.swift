internal import Foundation

/// Linear-phase low-pass filters by Kaiser's window (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh
/// window function", 1974).
enum KaiserLowPass {
    /// The impulse response of a filter that is 1 below one frequency and 0 above another.
    /// - Parameters:
    ///   - pass: the end of the band that passes, in Hz, above 0.
    ///   - stop: the start of the band that is stopped, in Hz, above `pass`.
    ///   - rate: the sampling rate in Hz.
    ///   - attenuation: how exactly both holds, in dB, at least 50.
    /// - Returns: an odd number of taps, time 0 in the middle.
    static func taps(pass: Double, stop: Double, rate: Double, attenuation: Double) -> [Float] {
        precondition(pass > 0 && stop > pass && attenuation >= 50, "a low-pass from \(pass) to \(stop) Hz")
        let width = 2 * Double.pi * (stop - pass) / rate
        let reach = Int(((attenuation - 7.95) / (2.285 * width) / 2).rounded(.up))
        let beta = 0.1102 * (attenuation - 8.7)
        let cutoff = (pass + stop) / rate
        let scale = 1 / bessel(beta)
        let half = (0...reach).map { n in
            let ideal = n == 0 ? cutoff : sin(.pi * cutoff * Double(n)) / (.pi * Double(n))
            let place = Double(n) / Double(reach + 1)
            return Float(ideal * bessel(beta * (1 - place * place).squareRoot()) * scale)
        }
        return half.dropFirst().reversed() + half
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
