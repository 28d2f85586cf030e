internal import Core
internal import Foundation

/// Finds clicks: moments that a sound's own past does not foretell, much stronger than all that is unforetold around them, and gone
/// again at once.
///
/// A predictor of low order leaves of tones little and of a click nearly all (S. Godsill and P. Rayner, "Digital audio restoration",
/// 1998). What marks a click off from a drum or a voice's pulse is its surroundings: pulses come again within 25 ms, and after a drum more is left than was
/// before.
struct ClickFinder {
    private let source: any SoundSource

    /// Coefficients of the predictor, at 48 kHz.
    private static let order = 32
    /// Seconds of a block for which one predictor is fitted.
    private static let block = 0.085
    /// Seconds over which the power of what is unforetold is taken, and how many times the mean it comes to in noise.
    private static let scales: [(seconds: Double, chance: Double)] = [
        (0.000_085, 2.0), (0.000_25, 1.0), (0.000_75, 0.7),
    ]
    /// Seconds to either side that tell what is usual, from and to; and the pieces whose second strongest is compared.
    private static let (near, far, piece) = (0.002, 0.02, 0.001)
    /// By how many times the power has to stand out for no and for half of the confidence.
    private static let (least, half) = (4.0, 8.0)
    /// By how many times what comes after may be stronger than what was before.
    private static let onset = 4.0
    /// The longest click in seconds; from a quarter of that on it has to stand out by more.
    private static let longest = 0.004
    /// The power of what nobody hears.
    private static let floor = 1e-10

    init(_ source: any SoundSource) { self.source = source }

    func findings(least: Double) throws -> [Finding] {
        let rate = source.rate
        let reader = BlockReader(
            source: source, length: max(256, Int(Self.block * Double(rate))), margin: Int(2 * Self.far * Double(rate)))
        let found = try reader.map { block -> [Candidate] in
            block.channels.flatMap { Self.clicks(in: $0, own: block.own, from: block.start, rate: rate, least: least) }
        }
        return Find.merged(found.map { ($0.frames, $0.confidence) }, rate: rate)
    }

    private struct Candidate {
        let frames: Range<Int>
        let confidence: Double
    }

    private static func clicks(
        in samples: [Float], own: Range<Int>, from start: Int, rate: Int, least: Double
    ) -> [Candidate] {
        let doubles = samples.map(Double.init)
        let order = max(8, min(32, order * rate / 48_000))
        let predictor = LinearPrediction(autocorrelationOf: [doubles], order: order)
        let skipped = predictor.order
        let errors = predictor.predictionErrors(of: doubles)
        guard errors.count > 4 * order else { return [] }
        // The sum of the squares up to each place.
        var sums = [0.0]
        sums.reserveCapacity(errors.count + 1)
        for error in errors { sums.append(sums[sums.count - 1] + error * error) }
        func power(_ first: Int, _ count: Int) -> Double {
            let (low, high) = (max(0, first), min(errors.count, first + count))
            return low < high ? (sums[high] - sums[low]) / Double(high - low) : 0
        }
        let (near, far) = (Int(near * Double(rate)), Int(far * Double(rate)))
        let piece = max(4, Int(piece * Double(rate)))
        /// The power of the second strongest piece of a side; nil where less than half of it is there.
        func usual(_ first: Int, _ end: Int) -> Double? {
            let (low, high) = (max(0, first), min(errors.count, end))
            guard high - low >= (far - near) / 2 else { return nil }
            var (strongest, second) = (0.0, 0.0)
            for place in stride(from: low, through: high - piece, by: piece / 2) {
                let value = power(place, piece)
                if value > strongest {
                    (strongest, second) = (value, strongest)
                } else if value > second {
                    second = value
                }
            }
            return max(second, Self.floor)
        }

        var result: [Candidate] = []
        let widths = scales.map { (count: max(2, Int($0.seconds * Double(rate))), chance: $0.chance) }
        func strength(_ place: Int) -> Double {
            widths.map { power(place - $0.count / 2, $0.count) / $0.chance }.max() ?? 0
        }
        let range = (own.lowerBound - start - skipped)..<(own.upperBound - start - skipped)
        // A quick look first: against the mean of some milliseconds around.
        var place = max(0, range.lowerBound)
        while place < min(errors.count, range.upperBound) {
            defer { place += 1 }
            let wide = power(place - far, 2 * far) + Self.floor
            guard strength(place) > wide else { continue }
            // The strongest moment of the disturbance.
            let search = place..<min(errors.count, place + Int(longest * Double(rate)))
            let peak = search.max { strength($0) < strength($1) } ?? place
            // At the ends of a sound there is no telling.
            guard let left = usual(peak - far, peak - near), let right = usual(peak + near, peak + far) else {
                continue
            }
            let around = max(left, right)
            let ratio = strength(peak) / max(1, right / left)
            let edge = extent(peak, around: around, errors: errors, rate: rate)
            place = max(place, edge.upperBound)
            let length = Double(edge.count) / Double(rate)
            let long = max(1, 4 * length / longest)
            guard right < onset * left, length <= longest, ratio > Self.least * long * around else { continue }
            let doublings = log2(ratio / around / Self.least / long) / log2(half / Self.least)
            let confidence = 1 - exp2(-doublings)
            guard confidence >= least, range.contains(peak) else { continue }
            let frames = edge.shifted(by: start + skipped).clamped(to: start..<start + samples.count)
            result.append(Candidate(frames: frames, confidence: confidence))
        }
        return result
    }

    /// The samples around a peak that stand out, with a little to either side.
    private static func extent(_ peak: Int, around: Double, errors: [Double], rate: Int) -> Range<Int> {
        let patience = max(4, rate / 2500)
        let limit = 4 * around
        func reach(_ step: Int) -> Int {
            var (place, last) = (peak, peak)
            while errors.indices.contains(place), abs(place - last) <= patience {
                if errors[place] * errors[place] > limit { last = place }
                place += step
            }
            return last
        }
        let pad = max(1, rate / 12_000)
        return max(0, reach(-1) - pad)..<reach(1) + 1 + pad
    }
}
