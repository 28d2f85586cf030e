internal import Core
internal import Foundation

/// Finds the passage of a gap's surroundings that would continue them best, as a draft of what the gap is filled with.
///
/// A passage as long as the gap fits if what stands before and after it is like what stands before and after the gap (compare
/// "Inpainting of long audio segments with similarity graphs", Perraudin, Holighaus, Majdak and Balazs, 2018): so tones go on, rhythms
/// keep their beat, and silence stays silence.
struct NearestPassage {
    private let bands: Int
    /// Row-major [T, bands].
    private let mel: [Float]
    /// The same without what is too soft to matter.
    private let audible: [Float]
    private let isKnown: [Bool]

    /// Frames to either side of the gap that are compared, and how much the last of them counts against the first.
    private static let (context, leastWeight) = (40, Float(0.3))
    /// Fewer frames than this on one side say nothing about it.
    private static let fewest = 8
    /// A passage of which one side is not known has this times that of the other for both.
    private static let oneSided: Float = 2.2
    /// Nepers below the loudest from which on all is alike.
    private static let range: Float = 7
    /// Frames over which the levels at the ends are compared, bands over which their difference is smoothed, and the most it may be.
    private static let (levelFrames, levelBands, largestCorrection) = (12, 9, Float(0.7))
    /// Frames to either side of the gap whose median level in a band the draft is drawn to, and how far: it may be a louder or a
    /// brighter moment than most, which the gap is less likely to have been.
    private static let (nearFrames, medianShare) = (100, Float(0.75))

    /// - Parameters:
    ///   - mel: [1, T, F], of which the first `bands` bands are compared.
    ///   - known: the frames that are no gaps.
    init(_ mel: Tensor, known: [Range<Int>], bands: Int) {
        let compared = mel.sliced(axis: 2, 0..<bands)
        let mel = compared.elements
        var isKnown = [Bool](repeating: false, count: compared.shape[1])
        for range in known { for frame in range { isKnown[frame] = true } }
        let loudest = known.flatMap { mel[$0.lowerBound * bands..<$0.upperBound * bands] }.max() ?? 0
        self.bands = bands
        self.mel = mel
        self.isKnown = isKnown
        audible = mel.map { max($0, loudest - Self.range) }
    }

    /// What the gap is filled with, row-major [gap, bands]; nil where no passage of its length is known.
    func draft(for gap: Range<Int>) -> [Float]? {
        // How many known frames each passage has.
        var counts = [0]
        for frame in isKnown { counts.append(counts[counts.count - 1] + (frame ? 1 : 0)) }
        let starts = (0..<max(0, isKnown.count - gap.count + 1)).filter { start in
            counts[start + gap.count] - counts[start] == gap.count
        }
        let distances = Parallel.map(starts.count) { distance(starts[$0], gap) }
        guard let best = distances.indices.min(by: { distances[$0] < distances[$1] }), distances[best].isFinite else {
            return nil
        }
        let start = starts[best]
        return held(settled(levelled(start, gap), gap), start, gap)
    }

    /// Pairs of frames, one before (after) the gap and one before (after) the passage, the nearest first.
    private func pairs(_ start: Int, _ gap: Range<Int>, before: Bool, count: Int) -> [(there: Int, here: Int)] {
        (0..<count).compactMap { step in
            let there = before ? gap.lowerBound - 1 - step : gap.upperBound + step
            let here = there + start - gap.lowerBound
            let isFrame = isKnown.indices.contains(there) && isKnown.indices.contains(here)
            return isFrame && isKnown[there] && isKnown[here] ? (there, here) : nil
        }
    }

    /// How unlike the surroundings of the gap and of the passage are, in nepers.
    private func distance(_ start: Int, _ gap: Range<Int>) -> Float {
        let sides = [true, false].compactMap { before -> Float? in
            let pairs = pairs(start, gap, before: before, count: Self.context)
            guard pairs.count >= Self.fewest else { return nil }
            var sum: Float = 0
            for (place, (there, here)) in pairs.enumerated() {
                var apart: Float = 0
                for band in 0..<bands { apart += abs(audible[there * bands + band] - audible[here * bands + band]) }
                sum += apart * (1 - (1 - Self.leastWeight) * Float(place) / Float(max(1, pairs.count - 1)))
            }
            return sum / Float(pairs.count * bands)
        }
        switch sides.count {
        case 2: return sides[0] + sides[1]
        case 1: return Self.oneSided * sides[0]
        default: return .infinity
        }
    }

    /// The passage with its level led from what fits the gap's beginning to what fits its end.
    private func levelled(_ start: Int, _ gap: Range<Int>) -> [Float] {
        let (first, last) = (correction(start, gap, before: true), correction(start, gap, before: false))
        return (0..<gap.count).flatMap { frame in
            let share = (Float(frame) + 0.5) / Float(gap.count)
            return (0..<bands).map { band in
                mel[(start + frame) * bands + band] + first[band] * (1 - share) + last[band] * share
            }
        }
    }

    /// A draft with each band's median brought nearer to that of the surroundings.
    private func settled(_ draft: [Float], _ gap: Range<Int>) -> [Float] {
        let near = near(gap)
        guard near.count >= Self.fewest else { return draft }
        let changes = (0..<bands).map { band in
            let apart =
                Self.median(near.map { mel[$0 * bands + band] })
                - Self.median(gap.indices.map { draft[($0 - gap.lowerBound) * bands + band] })
            return Self.limited(Self.medianShare * apart)
        }
        return draft.indices.map { draft[$0] + changes[$0 % bands] }
    }

    /// A draft of which no moment is louder, in any band and in all together, than the loudest of its passage and of what is near the gap.
    private func held(_ draft: [Float], _ start: Int, _ gap: Range<Int>) -> [Float] {
        let rows = Array(start..<start + gap.count) + near(gap)
        func loudness(_ values: [Float], _ frame: Int) -> Float {
            log(values[frame * bands..<(frame + 1) * bands].reduce(0) { $0 + exp(2 * $1) } + 1e-20) / 2
        }
        let tops = (0..<bands).map { band in rows.map { mel[$0 * bands + band] }.max() ?? .infinity }
        let top = rows.map { loudness(mel, $0) }.max() ?? .infinity
        var result = draft.indices.map { min(draft[$0], tops[$0 % bands]) }
        for frame in 0..<gap.count {
            let excess = max(0, loudness(result, frame) - top)
            for index in frame * bands..<(frame + 1) * bands { result[index] -= excess }
        }
        return result
    }

    /// The known frames whose levels tell what a gap's are likely to be.
    private func near(_ gap: Range<Int>) -> [Int] {
        (gap.lowerBound - Self.nearFrames..<gap.upperBound + Self.nearFrames).clamped(to: isKnown.indices)
            .filter { isKnown[$0] }
    }

    private static func limited(_ correction: Float) -> Float {
        max(-largestCorrection, min(largestCorrection, correction))
    }

    private static func median(_ values: [Float]) -> Float {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// By how much each band of the gap's surroundings is louder than that of the passage's on one side; 0 where that is not known.
    private func correction(_ start: Int, _ gap: Range<Int>, before: Bool) -> [Float] {
        let pairs = pairs(start, gap, before: before, count: Self.levelFrames)
        guard pairs.count >= Self.fewest else { return [Float](repeating: 0, count: bands) }
        let apart = (0..<bands).map { band in
            let sum = pairs.reduce(Float(0)) { $0 + mel[$1.there * bands + band] - mel[$1.here * bands + band] }
            return Self.limited(sum / Float(pairs.count))
        }
        let reach = Self.levelBands / 2
        return (0..<bands).map { band in
            let near = (band - reach...band + reach).map { apart[max(0, min(bands - 1, $0))] }
            return near.reduce(0, +) / Float(near.count)
        }
    }
}
