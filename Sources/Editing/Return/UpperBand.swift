internal import Core
internal import Foundation

/// Gives a generated fill the band above the model's, so that it is never duller than its file.
///
/// Up there only the surroundings are known: their spectral envelope, and how its parts rise and fall with the highest band
/// that the model makes. The fill's own highest band then drives noise of that envelope: hiss that is always there stays
/// constant, a cymbal's follows the cymbal.
struct UpperBand: Sendable {
    private let bands: FrequencyBands
    private let reference: Range<Int>
    /// For each band the logarithm of its power as a line over that of the reference band.
    private let lines: [(offset: Double, slope: Double)]
    private let crossover: Crossover
    private let rate: Int

    /// - Parameters:
    ///   - before, after: the recording around the region, the more the better, up to a second or two each.
    ///   - top: where the model's band ends, in Hz.
    /// - Returns: nil where the file does not reach above the model, or the surroundings are too short or have nothing there.
    init?(before: [Float], after: [Float], top: Double, rate: Int) {
        guard top > 0, Double(rate) / 2 > 1.02 * top else { return nil }
        self.rate = rate
        bands = FrequencyBands(rate: rate, from: 0.85 * top, seconds: 0.0213)
        crossover = Crossover(cutoff: top, rate: rate)
        let width = Double(rate) / Double(bands.transform.fftSize)
        reference = Int(0.6 * top / width)..<max(Int(0.6 * top / width) + 1, Int(0.9 * top / width))
        var references: [Double] = []
        var powers = [[Double]](repeating: [], count: bands.bins.count)
        for side in [before, after] where side.count >= bands.transform.fftSize {
            let (spectrogram, frames) = bands.frames(of: side)
            for frame in frames {
                references.append(FrequencyBands.power(spectrogram, frame, reference))
                for (band, bins) in bands.bins.enumerated() {
                    powers[band].append(FrequencyBands.power(spectrogram, frame, bins))
                }
            }
        }
        guard references.count >= 4, powers.contains(where: { $0.contains { $0 > 1e-12 } }) else { return nil }
        lines = powers.map { Self.line(through: references, $0) }
    }

    /// The line that fits the powers' logarithms, brought to their mean power.
    private static func line(through references: [Double], _ powers: [Double]) -> (offset: Double, slope: Double) {
        let x = references.map { log(max($0, 1e-14)) }
        let y = powers.map { log(max($0, 1e-14)) }
        let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
        // Where the reference hardly moves nothing is learnt; then the band follows it (1 dB of doubt).
        var (variance, covariance) = (0.053, 0.053)
        for (a, b) in zip(x, y) {
            variance += (a - meanX) * (a - meanX) / Double(x.count)
            covariance += (a - meanX) * (b - meanY) / Double(x.count)
        }
        let slope = min(1.2, max(0, covariance / variance))
        let raised = x.reduce(0) { $0 + exp(slope * ($1 - meanX)) } / Double(x.count)
        let mean = powers.reduce(0, +) / Double(powers.count)
        return (log(max(mean, 1e-14) / raised) - slope * meanX, slope)
    }

    /// Samples to either side that a sample of the result depends on.
    var reach: Int { crossover.reach + bands.transform.fftSize }

    /// The fill with its upper band.
    /// - Parameters:
    ///   - fill: samples at the file's rate with nothing above the model's band.
    ///   - start: the place of the first of them in the file: the noise belongs to the place, so that blocks agree.
    func callAsFunction(_ fill: [Float], from start: Int) -> [Float] {
        guard !fill.isEmpty else { return fill }
        let hop = bands.transform.hopSize
        // Frames on a grid that is the same for every block.
        let lead = start % hop
        let padded = [Float](repeating: 0, count: lead) + fill
        let spectrogram = bands.transform(padded)
        var noise = bands.transform(padded.indices.map { Self.noise(at: start - lead + $0) })
        // The transform of noise of power 1 has the power of the window's squares, 3/8 of their number.
        let power = 0.375 * Double(bands.transform.fftSize)
        let first = bands.bins[0].lowerBound
        for frame in 0..<noise.frames {
            let driving = log(max(FrequencyBands.power(spectrogram, frame, reference), 1e-14))
            let levels = lines.map { $0.offset + $0.slope * driving }
            let drawn = bands.interpolated(levels, count: noise.bins)
            for bin in 0..<noise.bins {
                let gain = bin < first ? 0 : Float((exp(drawn[bin]) / power).squareRoot())
                noise.real[frame * noise.bins + bin] *= gain
                noise.imaginary[frame * noise.bins + bin] *= gain
            }
        }
        let upper = bands.transform.inverse(noise, length: padded.count)
        return crossover(lower: fill, upper: Array(upper[lead...]))
    }

    /// White noise of power 1 that depends on nothing but the place (the finaliser of SplitMix64, uniform numbers).
    private static func noise(at place: Int) -> Float {
        var z = UInt64(bitPattern: Int64(place)) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        let uniform = Float((z ^ (z >> 31)) >> 40) / Float(1 << 23) - 1
        return uniform * 1.732_050_8
    }
}
