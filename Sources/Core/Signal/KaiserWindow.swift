internal import Foundation

/// Kaiser's window, and linear-phase low-pass filters by it (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window
/// function", 1974).
struct KaiserWindow {
    private let beta: Double
    private let scale: Double

    /// - Parameter attenuation: by how many dB what the window smears is lowered, at least 50.
    init(attenuation: Double) {
        precondition(attenuation >= 50, "a window of \(attenuation) dB")
        beta = 0.1102 * (attenuation - 8.7)
        scale = 1 / Self.bessel(beta)
    }

    /// The window's value.
    /// - Parameter place: -1...1, of which the ends lie outside.
    func callAsFunction(_ place: Double) -> Double { Self.bessel(beta * (1 - place * place).squareRoot()) * scale }

    /// The impulse response of a filter that is 1 below one frequency and 0 above another.
    /// - Parameters:
    ///   - pass: the end of the band that passes, in Hz, above 0.
    ///   - stop: the start of the band that is stopped, in Hz, above `pass`.
    ///   - rate: the sampling rate in Hz.
    ///   - attenuation: how exactly both holds, in dB, at least 50.
    /// - Returns: an odd number of taps, time 0 in the middle.
    static func lowPass(pass: Double, stop: Double, rate: Double, attenuation: Double) -> [Float] {
        precondition(pass > 0 && stop > pass, "a low-pass from \(pass) to \(stop) Hz")
        let window = KaiserWindow(attenuation: attenuation)
        let width = 2 * Double.pi * (stop - pass) / rate
        let reach = Int(((attenuation - 7.95) / (2.285 * width) / 2).rounded(.up))
        let cutoff = (pass + stop) / rate
        let half = (0...reach).map { n in
            let ideal = n == 0 ? cutoff : sin(.pi * cutoff * Double(n)) / (.pi * Double(n))
            return Float(ideal * window(Double(n) / Double(reach + 1)))
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
