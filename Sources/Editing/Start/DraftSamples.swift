internal import Core

/// The samples of the passages that a draft was taken from, at the place of the draft.
///
/// They go on beyond it as far as the passages are known there. A passage was found to a mel frame; where its samples are most like those beside
/// the draft, within half a frame, is where it is taken from, so that a rhythm keeps its beat and a tone its phase.
struct DraftSamples {
    private let frames: Range<Int>
    private let (first, second): (Int, Int)
    private let fading: Range<Int>?
    private let known: [Range<Int>]
    private let reader: PassageReader
    private let hop: Int
    /// Frames beyond the draft, and those of them that tell where a passage lies to the sample.
    private let (reach, margin): (Int, Int)

    /// - Parameters:
    ///   - frames: of the draft, in mel frames of the passage.
    ///   - first, second: where the passages begin, each with what would stand in the draft's first frame.
    ///   - fading: the frames over which the first fades into the second, counted from the draft's first; nil where they are one.
    ///   - known: mel frames of the passage that do not change.
    ///   - hop: samples of the reader in a mel frame.
    init(
        _ frames: Range<Int>, first: Int, second: Int, fading: Range<Int>?, known: [Range<Int>],
        _ reader: PassageReader, hop: Int, framesPerSecond: Double
    ) {
        self.frames = frames
        (self.first, self.second) = (first, second)
        self.fading = fading
        self.known = known
        self.reader = reader
        self.hop = hop
        (reach, margin) = (Int(0.5 * framesPerSecond), Int(0.1 * framesPerSecond))
    }

    func callAsFunction() throws -> SampleTemplate {
        let before = (1...reach).first { !isKnown(first - $0) }.map { $0 - 1 } ?? reach
        let after = (0..<reach).first { !isKnown(second + frames.count + $0) } ?? reach
        let whole = -before..<frames.count + after
        let start = (frames.lowerBound - before) * hop
        let fits = try likenesses(first, -min(margin, before)..<0)
        let leads = try likenesses(second, frames.count..<frames.count + min(margin, after))
        guard let fading else {
            return SampleTemplate(start: start, samples: try samples(first, whole, shiftedBy: shift([fits, leads])))
        }
        var joined = try samples(first, whole.lowerBound..<fading.upperBound, shiftedBy: shift([fits]))
        let rest = try samples(second, fading.lowerBound..<whole.upperBound, shiftedBy: shift([leads]))
        let (place, count) = (joined.count - fading.count * hop, fading.count * hop)
        for index in 0..<count {
            joined[place + index] += (Float(index) + 0.5) / Float(count) * (rest[index] - joined[place + index])
        }
        return SampleTemplate(start: start, samples: joined + rest[count...])
    }

    private func isKnown(_ frame: Int) -> Bool { known.contains { $0.contains(frame) } }

    /// Frames of the passage at a place, counted from there.
    private func samples(_ place: Int, _ part: Range<Int>, shiftedBy shift: Int) throws -> [Float] {
        try reader.samples((place + part.lowerBound) * hop + shift..<(place + part.upperBound) * hop + shift)
    }

    /// How like the samples beside the draft those of the passage at a place are, for each shift from half a frame earlier to half a frame later; nil where
    /// the frames beside the draft are not known.
    private func likenesses(_ place: Int, _ part: Range<Int>) throws -> [Double]? {
        guard !part.isEmpty, part.allSatisfy({ isKnown(frames.lowerBound + $0) }) else { return nil }
        let here = try samples(frames.lowerBound, part, shiftedBy: 0).map(Double.init)
        let low = (place + part.lowerBound) * hop - hop / 2
        let there = try reader.samples(low..<low + here.count + hop - 1).map(Double.init)
        let powers = DotProduct.sliding([Double](repeating: 1, count: here.count), over: there.map { $0 * $0 })
        return zip(DotProduct.sliding(here, over: there), powers).map { $0 / ($1 + 1e-12).squareRoot() }
    }

    /// The shift at which the samples are most alike, in all of some comparisons together.
    private func shift(_ likenesses: [[Double]?]) -> Int {
        let told = likenesses.compactMap(\.self)
        let sums = (0..<hop).map { shift in told.reduce(0) { $0 + $1[shift] } }
        // Where nothing tells, the place stays.
        guard let best = sums.indices.max(by: { sums[$0] < sums[$1] }), sums[best] > 0 else { return 0 }
        return best - hop / 2
    }
}
