internal import Core
internal import Foundation

/// Brings a generated fill to the level of its surroundings, band by band.
///
/// Two things are known. In the margins the fill lies over the recording: what differs there is the model's and the
/// vocoder's own colour, and is taken off. Inside the region only the surroundings' levels are known, and how much these
/// vary over stretches as long as the region: what is beyond that is taken off a fill, and of what is not up to a half, as its own level
/// tells little about the region's. In steady sound the fill so gets the surroundings' level, in speech it may be any syllable.
struct LevelMatch: Sendable {
    private let filters: (left: ConvolutionFilter, right: ConvolutionFilter)?
    private let count: Int

    /// The most by which the margins' difference is corrected, in dB.
    private static let bias = 6.0
    /// The most by which the region's level is corrected, in dB.
    private static let correction = -24.0...24.0
    /// The share of an allowed difference that is taken off a region as long as so many seconds, or longer, and the most of it in dB. The shorter
    /// the region, the more it may differ.
    private static let (share, longEnough, mostOfShare) = (0.5, 0.5, 1.5)
    /// The variation that any sound is allowed, in dB, and by how much the loudest moments of two stretches of it differ.
    private static let (tolerance, chance) = (0.3, 1.0)

    /// - Parameters:
    ///   - fill: `leading` samples of margin, the region, `trailing` samples of margin.
    ///   - before: the recording up to the region: the longer the better, up to a second or two; empty if there is none.
    ///   - after: the recording from the region's end on, likewise.
    ///   - chosen: the frequencies that matter; none for all.
    init(
        _ fill: [Float], leading: Int, trailing: Int, before: [Float], after: [Float], rate: Int,
        of chosen: [Region.Band] = []
    ) {
        precondition(leading <= before.count && trailing <= after.count, "margins beyond the recording")
        count = fill.count - leading - trailing
        let highest = Double(rate) / 2
        let bands = FrequencyBands(
            rate: rate, from: min(chosen.map(\.low).min() ?? 0, 0.98 * highest),
            to: min(chosen.map(\.high).max() ?? highest, highest))
        let region = Array(fill[leading..<leading + count])
        guard count > 0, let inside = bands.powers(of: region), let target = Target(before, after, count, bands) else {
            filters = nil
            return
        }
        // 1. The chain's own colour at each edge.
        let left = Self.bias(of: Array(fill[..<leading]), against: Array(before.suffix(leading)), bands)
        let right = Self.bias(of: Array(fill[(leading + count)...]), against: Array(after.prefix(trailing)), bands)
        let sides = (left ?? right ?? [], right ?? left ?? [])
        let colour = bands.bins.indices.map { sides.0.isEmpty ? 0 : (sides.0[$0] + sides.1[$0]) / 2 }
        // 2. What is off in each band by more than the surroundings vary, then in all of them together.
        let levels = inside.indices.map { Self.decibels(inside[$0]) + colour[$0] }
        let corrections = levels.indices.map { target.correction(of: levels[$0], in: $0) }
        let sum = levels.indices.reduce(0) {
            $0 + Double(bands.bins[$1].count) * pow(10, (levels[$1] + corrections[$1]) / 10)
        }
        // Between several bands lies what does not matter.
        let whole = chosen.count > 1 ? 0 : target.correction(ofWhole: Self.decibels(sum))
        // 3. No moment is raised above the loudest of the surroundings, but by chance.
        let raised = corrections.indices.map { colour[$0] + Self.limited(corrections[$0] + whole) }
        let loudest = [(region, colour), (before, []), (after, [])].map { Self.loudest(of: $0, gains: $1, bands) }
        let excess = max(0, Self.loudest(of: region, gains: raised, bands) - (loudest.max() ?? 0) - Self.chance)
        func filter(_ side: [Double]) -> ConvolutionFilter {
            Self.filter(
                corrections.indices.map { band in
                    Self.limited(corrections[band] + whole) - excess + (side.isEmpty ? 0 : side[band])
                }, bands)
        }
        filters = (filter(sides.0), filter(sides.1))
    }

    /// Corrects samples of the fill.
    /// - Parameter offset: the place of the first of them, counted from the region's start (below 0 in the margin).
    func callAsFunction(_ samples: [Float], from offset: Int) -> [Float] {
        guard let filters else { return samples }
        let (left, right) = (filters.left(samples), filters.right(samples))
        return samples.indices.map { index in
            let share = min(1, max(0, Float(offset + index) / Float(max(1, count))))
            return left[index] + share * (right[index] - left[index])
        }
    }

    private static func limited(_ decibels: Double) -> Double {
        min(max(decibels, correction.lowerBound), correction.upperBound)
    }

    /// The loudest moment of some samples in dB, with a gain in dB in each band.
    private static func loudest(of samples: [Float], gains: [Double], _ bands: FrequencyBands) -> Double {
        guard samples.count >= bands.transform.hopSize else { return -.infinity }
        let scales = bands.bins.indices.map { band in
            Double(bands.bins[band].count) * (gains.isEmpty ? 1 : pow(10, gains[band] / 10))
        }
        let (spectrogram, frames) = bands.frames(of: samples)
        let powers = frames.map { frame in
            scales.indices.reduce(0) { $0 + scales[$1] * FrequencyBands.power(spectrogram, frame, bands.bins[$1]) }
        }
        return decibels(powers.max() ?? 0)
    }

    private static func decibels(_ power: Double) -> Double { 10 * log10(max(power, 1e-14)) }

    /// By how many dB the recording is above the fill in each band of a margin; nil where there is too little to tell.
    private static func bias(of fill: [Float], against recording: [Float], _ bands: FrequencyBands) -> [Double]? {
        guard fill.count >= bands.transform.fftSize, let made = bands.powers(of: fill),
            let real = bands.powers(of: recording)
        else { return nil }
        // Bands far below the loudest one hold leakage and rounding.
        let floor = 1e-8 * (real.max() ?? 0) + 1e-14
        // A short margin tells less.
        let trust = min(1, Double(fill.count) / (0.2 * Double(bands.rate)))
        let raw = made.indices.map { trust * (decibels(real[$0] + floor) - decibels(made[$0] + floor)) }
        return raw.indices.map { band in
            // Neighbours steady the estimate.
            let near = raw[max(0, band - 1)...min(raw.count - 1, band + 1)]
            return min(max(near.reduce(0, +) / Double(near.count), -bias), bias)
        }
    }

    /// The zero-phase filter with some gains in dB.
    private static func filter(_ gains: [Double], _ bands: FrequencyBands) -> ConvolutionFilter {
        let size = 2 * bands.transform.fftSize
        var response = Spectrum(bins: size / 2 + 1)
        for (bin, gain) in bands.interpolated(gains, count: size / 2 + 1, scale: 2).enumerated() {
            response.real[bin] = Float(pow(10, gain / 20))
        }
        return ConvolutionFilter(response: response, reach: size / 8)
    }

    /// The surroundings' levels and how much they vary.
    private struct Target {
        private let levels: [Double]
        private let spreads: [Double]
        private let level: Double
        private let spread: Double
        private let share: Double

        init?(_ before: [Float], _ after: [Float], _ count: Int, _ bands: FrequencyBands) {
            let sides = [before, after].filter { $0.count >= bands.transform.fftSize }
            var means: [[Double]] = []
            var variances: [[Double]] = []
            for side in sides {
                // Stretches as long as the region, or as a third of what there is.
                let length = min(max(count, bands.transform.fftSize), max(side.count / 3, bands.transform.fftSize))
                let starts = stride(from: 0, through: side.count - length, by: max(1, length / 2))
                let stretches = starts.compactMap { bands.powers(of: Array(side[$0..<$0 + length])) }.map { powers in
                    powers.map(decibels) + [decibels(Self.sum(powers, bands))]
                }
                guard let all = bands.powers(of: side), !stretches.isEmpty else { return nil }
                let mean = all.map(decibels) + [decibels(Self.sum(all, bands))]
                means.append(mean)
                variances.append(
                    mean.indices.map { band in
                        stretches.reduce(0) { $0 + ($1[band] - mean[band]) * ($1[band] - mean[band]) }
                            / Double(stretches.count)
                    })
            }
            guard let first = means.first, let last = means.last else { return nil }
            let middle = first.indices.map { (first[$0] + last[$0]) / 2 }
            let spreads = first.indices.map { band in
                let variance = variances.reduce(0) { $0 + $1[band] } / Double(variances.count)
                return variance.squareRoot() + abs(first[band] - last[band]) / 2 + tolerance
            }
            (levels, level) = (Array(middle.dropLast()), middle[middle.count - 1])
            (self.spreads, spread) = (Array(spreads.dropLast()), spreads[spreads.count - 1])
            share = LevelMatch.share * min(1, Double(count) / (LevelMatch.longEnough * Double(bands.rate)))
        }

        private static func sum(_ powers: [Double], _ bands: FrequencyBands) -> Double {
            powers.indices.reduce(0) { $0 + Double(bands.bins[$1].count) * powers[$1] }
        }

        func correction(of level: Double, in band: Int) -> Double {
            taken(of: levels[band] - level, spreads[band])
        }

        func correction(ofWhole level: Double) -> Double { taken(of: self.level - level, spread) }

        /// What of a difference is taken off: its share, or all that is beyond the allowed one.
        private func taken(of difference: Double, _ allowed: Double) -> Double {
            let size = max(min(share * abs(difference), mostOfShare), abs(difference) - allowed)
            return difference < 0 ? -size : size
        }
    }
}
