internal import Core

/// Makes a first version of a rectangle out of moments of its surroundings at which the other bands are like those that are there beside the
/// rectangle: under a rest it is quiet, under a vowel it has the vowel's other formants.
///
/// The moments follow each other as they did in the recording for as long as that fits (a path of least cost, A. Viterbi, 1967; units are so
/// chosen in "Unit selection in a concatenative speech synthesis system", A. Hunt and A. Black, 1996).
struct BandMatch {
    private let bands: Int
    private let rectangle: Range<Int>
    /// Row-major [frames, bands], without what is too soft to matter, and as it is; the first frame is `first`.
    private let audible: [Float]
    private let mel: [Float]
    private let first: Int
    /// What each band counts while the rectangle is there; 0 in it.
    private let weights: [Float]
    /// The frames that may be taken.
    private let candidates: [Int]

    /// Nepers that a jump costs, and those below the loudest from which on all is alike.
    private static let (jump, range): (Float, Float) = (0.8, 7)
    /// Bands over which a band's weight falls to a third, and the least.
    private static let (near, leastWeight): (Float, Float) = (10, 0.1)
    /// Frames before and after the rectangle that lead the path, and frames around one that is led by it and does not match itself.
    private static let (lead, apart) = (8, 30)
    /// Frames of one path, the most that may be taken, and bands outside the rectangle without which nothing can be told.
    private static let (longest, most, fewestBands) = (500, 6000, 4)
    /// Frames over which levels are compared, and the most by which they are led, in nepers.
    private static let (span, largestCorrection): (Int, Float) = (4, 0.7)

    /// nil where too little is known.
    init?(_ passage: HeardPassage, _ rectangle: Range<Int>) throws {
        bands = passage.bands
        self.rectangle = rectangle
        guard bands - rectangle.count >= Self.fewestBands else { return nil }
        first = passage.heard.lowerBound
        mel = try passage.mel(passage.heard).elements
        let known = passage.known.flatMap { Array($0) }
        let step = max(1, (known.count + Self.most - 1) / Self.most)
        candidates = step == 1 ? known : Array(known.suffix(Self.most))
        guard candidates.count >= 2 * Self.lead else { return nil }
        let (width, start, values) = (bands, first, mel)
        let loudest =
            known.map { frame in
                values[(frame - start) * width..<(frame - start + 1) * width].max() ?? 0
            }.max() ?? 0
        audible = mel.map { max($0, loudest - Self.range) }
        weights = (0..<bands).map { band in
            if rectangle.contains(band) { return 0 }
            let distance = Float(
                band < rectangle.lowerBound ? rectangle.lowerBound - band : band - rectangle.upperBound + 1)
            return max(Self.leastWeight, 1 / (1 + 2 * distance / Self.near))
        }
    }

    /// The rectangle's bands over some frames, row-major.
    func draft(of frames: Range<Int>) -> [Float] {
        var path: [Int] = []
        for start in stride(from: frames.lowerBound, to: frames.upperBound, by: Self.longest) {
            path += self.path(start..<min(frames.upperBound, start + Self.longest), within: frames, from: path.last)
        }
        let corrections = self.corrections(path, frames)
        var result = [Float](repeating: 0, count: frames.count * rectangle.count)
        for (index, place) in path.enumerated() {
            // Where two moments meet, both are there.
            let isJump = index > 0 && candidates[path[index - 1]] + 1 != candidates[place]
            let before = isJump ? min(candidates[path[index - 1]] + 1, last) : candidates[place]
            for column in 0..<rectangle.count {
                let band = rectangle.lowerBound + column
                let value = (mel(candidates[place], band) + mel(before, band)) / 2
                result[index * rectangle.count + column] = value + corrections[index]
            }
        }
        return result
    }

    private var last: Int { first + mel.count / bands - 1 }

    private func mel(_ frame: Int, _ band: Int) -> Float { mel[(frame - first) * bands + band] }

    /// By how much the sound beside the rectangle is louder than that beside the moments that were taken, smoothed.
    private func corrections(_ path: [Int], _ frames: Range<Int>) -> [Float] {
        let sum = weights.reduce(0, +)
        let raw = path.enumerated().map { index, place in
            var apart: Float = 0
            let (here, there) = ((frames.lowerBound + index - first) * bands, (candidates[place] - first) * bands)
            for band in 0..<bands { apart += weights[band] * (audible[here + band] - audible[there + band]) }
            return apart / sum
        }
        return raw.indices.map { index in
            let near = raw[max(0, index - Self.span)...min(raw.count - 1, index + Self.span)]
            return max(-Self.largestCorrection, min(Self.largestCorrection, near.reduce(0, +) / Float(near.count)))
        }
    }

    /// The places among the candidates that go with some frames of the rectangle.
    private func path(_ part: Range<Int>, within frames: Range<Int>, from previous: Int?) -> [Int] {
        let all = first..<last + 1
        let low =
            part.lowerBound == frames.lowerBound ? max(all.lowerBound, part.lowerBound - Self.lead) : part.lowerBound
        let high =
            part.upperBound == frames.upperBound ? min(all.upperBound, part.upperBound + Self.lead) : part.upperBound
        let steps = Array(low..<high)
        let costs = Parallel.map(steps.count) { self.costs(at: steps[$0], inside: frames) }
        let isNext = candidates.indices.map { $0 > 0 && candidates[$0 - 1] + 1 == candidates[$0] }
        var totals = costs[0]
        if let previous {
            for place in totals.indices where !(place == previous + 1 && isNext[place]) { totals[place] += Self.jump }
        }
        var origins: [[Int32]] = []
        for step in 1..<max(1, steps.count) {
            let best = totals.indices.min { totals[$0] < totals[$1] } ?? 0
            var (next, from) = ([Float](repeating: 0, count: totals.count), [Int32](repeating: 0, count: totals.count))
            for place in totals.indices {
                let jumped = totals[best] + Self.jump
                if isNext[place], totals[place - 1] <= jumped {
                    (next[place], from[place]) = (totals[place - 1] + costs[step][place], Int32(place - 1))
                } else {
                    (next[place], from[place]) = (jumped + costs[step][place], Int32(best))
                }
            }
            totals = next
            origins.append(from)
        }
        var place = totals.indices.min { totals[$0] < totals[$1] } ?? 0
        var path = [place]
        for from in origins.reversed() {
            place = Int(from[place])
            path.append(place)
        }
        return Array(path.reversed()[part.lowerBound - low..<part.upperBound - low])
    }

    /// How unlike a frame is to each candidate, in nepers.
    private func costs(at frame: Int, inside frames: Range<Int>) -> [Float] {
        let isInside = frames.contains(frame)
        let weights = isInside ? weights : weights.map { max($0, 1) }
        let sum = weights.reduce(0, +)
        let here = (frame - first) * bands
        return candidates.map { candidate in
            // A frame that is known would match itself.
            if !isInside, abs(candidate - frame) < Self.apart { return 10 }
            let there = (candidate - first) * bands
            var apart: Float = 0
            for band in 0..<bands { apart += weights[band] * abs(audible[here + band] - audible[there + band]) }
            return apart / sum
        }
    }
}
