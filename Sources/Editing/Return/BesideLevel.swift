internal import Core
internal import Foundation

/// Brings what was made for narrow rectangles to the level of what lies right below and above them in the source.
struct BesideLevel {
    private let filter: ConvolutionFilter
    /// By how many dB the fill is off, before.
    let differences: [Double]

    /// The most by which a level is corrected, in dB, and the width to either side that tells it, in Hz and as a share of the rectangle's.
    private static let (most, width, share) = (30.0, 100.0, 0.5)
    /// Bins next to the rectangle that do not count: a window's skirts reach there.
    private static let skirt = 2

    /// - Parameters:
    ///   - fill: what was made, and of it the part that each rectangle is about.
    ///   - source: the source there, as the model hears it.
    /// - Returns: nil where there is too little to tell.
    init?(_ fill: [Float], _ source: [Float], _ bands: [Region.Band], rate: Int) {
        let transform = FrequencyBands(rate: rate).transform
        guard fill.count >= transform.fftSize, fill.count == source.count else { return nil }
        let (made, there) = (Self.powers(fill, rate), Self.powers(source, rate))
        let bin = Double(rate) / Double(transform.fftSize)
        var corrections: [(place: Double, value: Double)] = []
        var differences: [Double] = []
        for band in bands {
            let high = min(band.high, Double(rate) / 2)
            let reach = max(Self.width, Self.share * (high - band.low))
            func level(_ low: Double, _ high: Double) -> Double? {
                let bins = max(0, Int((low / bin).rounded(.up)))..<max(0, min(there.count, Int(high / bin) + 1))
                guard bins.count > 0 else { return nil }
                return bins.reduce(0) { $0 + log(there[$1] + 1e-16) } / Double(bins.count)
            }
            let skirt = Double(Self.skirt) * bin
            let sides = (
                level(band.low - skirt - reach, band.low - skirt), level(high + skirt, high + skirt + reach)
            )
            guard let below = sides.0 ?? sides.1, let above = sides.1 ?? sides.0 else { continue }
            let parts = FrequencyBands(rate: rate, from: band.low, to: high)
            for bins in parts.bins {
                let middle = Double(bins.lowerBound + bins.upperBound - 1) / 2
                let place = min(1, max(0, (middle * bin - band.low) / (high - band.low)))
                func inside(_ powers: [Double]) -> Double {
                    bins.reduce(0) { $0 + log(powers[$1] + 1e-16) } / Double(bins.count)
                }
                // What goes does not get louder.
                let wanted = min(below + place * (above - below), inside(there))
                let decibels = 10 / log(10) * (wanted - inside(made))
                differences.append(decibels)
                corrections.append((middle, min(Self.most, max(-Self.most, decibels))))
            }
        }
        guard !corrections.isEmpty else { return nil }
        self.differences = differences
        corrections.sort { $0.place < $1.place }
        let size = 4 * transform.fftSize
        var next = 0
        let response = (0...size / 2).map { index -> Float in
            let place = Double(index) / 4
            while next + 1 < corrections.count, corrections[next + 1].place <= place { next += 1 }
            let (a, b) = (corrections[next], corrections[min(next + 1, corrections.count - 1)])
            let share = b.place > a.place ? min(1, max(0, (place - a.place) / (b.place - a.place))) : 0
            return Float(pow(10, (a.value + share * (b.value - a.value)) / 20))
        }
        filter = ConvolutionFilter(response: response, reach: size / 8, attenuation: 60)
    }

    /// The mean power of each bin.
    private static func powers(_ samples: [Float], _ rate: Int) -> [Double] {
        let bands = FrequencyBands(rate: rate)
        let (spectrogram, frames) = bands.frames(of: samples)
        return (0..<spectrogram.bins).map { bin in
            frames.reduce(0) { $0 + FrequencyBands.power(spectrogram, $1, bin..<bin + 1) } / Double(frames.count)
        }
    }

    func callAsFunction(_ fill: [Float]) -> [Float] { filter(fill) }
}
