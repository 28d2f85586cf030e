internal import Core
internal import Foundation

/// Finds what of a gap's surroundings could stand in it: one passage, or two of which the first goes on from what comes before the gap and
/// the second leads to what comes after it.
///
/// A passage fits if what stands before and after it is like what stands before and after the gap (compare "Inpainting of long audio
/// segments with similarity graphs", Perraudin, Holighaus, Majdak and Balazs, 2018): so tones go on, rhythms keep their beat, and silence
/// stays silence. Right beside the gap all bands are compared, farther away the loudness, so that events come when it is time for them.
struct PassageSearch {
    /// Two passages, each by the frame that would stand at the gap's first; they may be one.
    struct Choice {
        let first: Int
        let second: Int
        /// The frame, counted from the gap's first, at which the second takes over.
        let seam: Int

        var isSingle: Bool { first == second }

        /// The frames over which the first fades into the second, counted from the gap's first.
        var fading: Range<Int> { seam - PassageSearch.fade..<seam + PassageSearch.fade }

        /// What stands in a frame of the gap: frames of both passages, and the share of the second.
        struct Frames {
            let first: Int
            let second: Int
            let later: Float

            var taken: [Int] { (later < 1 ? [first] : []) + (later > 0 ? [second] : []) }
        }

        /// - Parameter frame: counted from the gap's first.
        func frames(_ frame: Int) -> Frames {
            let later = (Float(frame - fading.lowerBound) + 0.5) / Float(fading.count)
            return Frames(
                first: first + frame, second: second + frame, later: isSingle ? 0 : max(0, min(1, later)))
        }
    }

    private typealias Candidate = (place: Int, cost: Float)

    private let mel: KnownMel
    private let gap: Range<Int>
    /// Of each frame, in nepers; what is too soft to matter is alike.
    private let loudness: [Float]

    /// Frames to either side of the gap in which all bands are compared, and how much the last of them counts against the first.
    private static let (context, leastWeight) = (40, Float(0.3))
    /// Fewer frames than this on one side say nothing about it.
    private static let fewest = 8
    /// A passage of which one side is not known has this times that of the other for both.
    private static let oneSided: Float = 2.2
    /// Nepers below the loudest frame from which on all are alike.
    private static let loudnessRange: Float = 5
    /// Frames to either side over which the loudness is compared, those over which its weight falls to a third, and what it counts.
    private static let (reach, decay, loudnessWeight): (Int, Float, Float) = (300, 150, 0.125)
    /// Passages for either side that are tried with each other, and the frames by which they differ at least.
    private static let (candidates, apart) = (40, 3)
    /// Frames before and after a seam over which one passage fades into the other, and what their difference there counts.
    private static let fade = 8
    private static let seamWeight: Float = 0.05
    /// The part of the gap at either end in which passages do not meet.
    private static let margin: Float = 0.15

    init(_ mel: KnownMel, gap: Range<Int>) {
        self.mel = mel
        self.gap = gap
        let levels = mel.isKnown.indices.map(mel.audibleLoudness)
        let top = levels.indices.filter { mel.isKnown[$0] }.map { levels[$0] }.max() ?? 0
        loudness = levels.map { max($0, top - Self.loudnessRange) }
    }

    /// The best choice; nil where too little is known.
    func callAsFunction() -> Choice? {
        let places = Array(-gap.count..<mel.frames)
        let (before, after) = (costs(places, before: true), costs(places, before: false))
        let single = single(zip(places, zip(before, after)).map { ($0, $1.0, $1.1) })
        return joined(best(places, before), best(places, after), below: single?.cost ?? .infinity)
            ?? single.map { Choice(first: $0.place, second: $0.place, seam: gap.count) }
    }

    // MARK: One passage

    /// The passage that is known as a whole and fits both sides best.
    private func single(_ places: [(place: Int, before: Float, after: Float)]) -> Candidate? {
        places.compactMap { place, before, after -> Candidate? in
            guard mel.knownFrames(in: place..<place + gap.count) == gap.count else { return nil }
            return switch (before.isFinite, after.isFinite) {
            case (true, true): (place, before + after)
            case (true, false): (place, Self.oneSided * before)
            case (false, true): (place, Self.oneSided * after)
            case (false, false): nil
            }
        }.min { $0.cost < $1.cost }
    }

    // MARK: Two passages

    /// The places of least cost, which lie apart from each other.
    private func best(_ places: [Int], _ costs: [Float]) -> [Candidate] {
        var best: [Candidate] = []
        for candidate in zip(places, costs).sorted(by: { $0.1 < $1.1 }) {
            guard candidate.1.isFinite, best.count < Self.candidates else { break }
            if best.allSatisfy({ abs($0.place - candidate.0) >= Self.apart }) { best.append(candidate) }
        }
        return best
    }

    /// Two passages that together fit better than something.
    private func joined(_ firsts: [Candidate], _ seconds: [Candidate], below limit: Float) -> Choice? {
        let margin = max(4, Int(Self.margin * Float(gap.count)))
        guard gap.count > 2 * margin else { return nil }
        let found = Parallel.map(firsts.count) { index in
            let first = firsts[index]
            var best: (choice: Choice, cost: Float)?
            for second in seconds where second.place != first.place {
                let cost = first.cost + second.cost
                guard cost < best?.cost ?? limit,
                    let seam = seam(first.place, second.place, between: margin...gap.count - margin)
                else { continue }
                let total = cost + Self.seamWeight * seam.cost
                guard total < best?.cost ?? limit else { continue }
                best = (Choice(first: first.place, second: second.place, seam: seam.frame), total)
            }
            return best
        }
        return found.compactMap(\.self).min { $0.cost < $1.cost }?.choice
    }

    /// Where two passages are most alike, and how unlike they are there; nil where they are not known up to a common place.
    private func seam(_ first: Int, _ second: Int, between places: ClosedRange<Int>) -> (frame: Int, cost: Float)? {
        let end = (0..<gap.count).first { !mel.isKnown(first + $0) } ?? gap.count
        let start = (0..<gap.count).last { !mel.isKnown(second + $0) }.map { $0 + 1 } ?? 0
        let (lowest, highest) = (max(places.lowerBound, start + Self.fade), min(places.upperBound, end - Self.fade))
        guard lowest <= highest else { return nil }
        var sums: [Float] = [0]
        for frame in lowest - Self.fade..<highest + Self.fade {
            sums.append(sums[sums.count - 1] + mel.distance(first + frame, second + frame))
        }
        let costs = (0...highest - lowest).map { (sums[$0 + 2 * Self.fade] - sums[$0]) / Float(2 * Self.fade) }
        guard let best = costs.indices.min(by: { costs[$0] < costs[$1] }) else { return nil }
        return (lowest + best, costs[best])
    }

    // MARK: How well a side fits

    /// How unlike one side of the gap and that of a passage at each place are, in nepers; infinite where too little is known.
    private func costs(_ places: [Int], before: Bool) -> [Float] {
        let near = Parallel.map(places.count) { spectralCost(places[$0], before: before) }
        let far = Parallel.map(places.count) { loudnessCost(places[$0], before: before) }
        // What nothing is known of is taken for as good as most.
        let costs = far.compactMap(\.cost)
        let (usual, most) = (costs.isEmpty ? 0 : costs.median, far.map(\.weight).max() ?? 0)
        return zip(near, far).map { near, far in
            let share = most > 0 ? far.weight / most : 0
            return near + Self.loudnessWeight * (share * (far.cost ?? usual) + (1 - share) * usual)
        }
    }

    private func spectralCost(_ place: Int, before: Bool) -> Float {
        let shift = place - gap.lowerBound
        let frames = gap.beside(before: before, count: Self.context).filter {
            mel.isKnown($0) && mel.isKnown($0 + shift)
        }
        guard frames.count >= Self.fewest else { return .infinity }
        let fall = (1 - Self.leastWeight) / Float(frames.count - 1)
        let sum = frames.enumerated().reduce(Float(0)) { sum, frame in
            sum + (1 - fall * Float(frame.offset)) * mel.distance(frame.element, frame.element + shift)
        }
        return sum / Float(frames.count)
    }

    private func loudnessCost(_ place: Int, before: Bool) -> (cost: Float?, weight: Float) {
        let shift = place - gap.lowerBound
        var (sum, weights): (Float, Float) = (0, 0)
        for (distance, frame) in gap.beside(before: before, count: Self.reach).enumerated()
        where mel.isKnown(frame) && mel.isKnown(frame + shift) {
            let weight = exp(-Float(distance) / Self.decay)
            sum += weight * abs(loudness[frame] - loudness[frame + shift])
            weights += weight
        }
        return weights > 0 ? (sum / weights, weights) : (nil, 0)
    }
}
