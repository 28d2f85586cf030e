internal import Core
internal import Foundation

/// Puts what was made for an area into its rectangles alone: gives what is to be added to the source, block by block.
///
/// One rectangle comes after the other; where two of them overlap, the second meets what the first has put there.
struct RectangleMerge {
    private let area: EditArea
    private let source: any SoundSource
    private var stages: [Stage]
    /// The next frame to be taken, and the next to be given.
    private var position: Int
    private var given: Int

    /// - Parameters:
    ///   - area: with rectangles; one without is taken as a rectangle of all frequencies.
    ///   - source: without its baseline.
    init(_ area: EditArea, _ source: any SoundSource, _ feather: Feather?) {
        self.area = area
        self.source = source
        (position, given) = (area.frames.lowerBound, area.frames.lowerBound)
        let everything = EditArea.Rectangle(frames: area.frames, band: .init(low: 0, high: .infinity))
        let rectangles = area.isBanded ? area.rectangles : [everything]
        stages = rectangles.map { Stage($0, area.frames, source, feather) }
    }

    /// What is to be added to some frames of the source.
    struct Change {
        let frames: Range<Int>
        /// The source without its baseline, and what is to be added, `[channel][frame]`.
        let source: [[Float]]
        let added: [[Float]]
    }

    /// Takes what was made for the next frames, `[channel][frame]`, and gives the frames that are complete.
    mutating func push(_ made: [[Float]]) throws -> Change {
        let frames = position..<position + made[0].count
        position = frames.upperBound
        let isLast = position == area.frames.upperBound
        var (new, old) = (made, try source.read(frames: frames))
        for index in stages.indices { (new, old) = stages[index].push(new, over: old, isLast: isLast) }
        let ready = given..<given + (old.first?.count ?? 0)
        given = ready.upperBound
        let there = try source.read(frames: ready)
        return Change(
            frames: ready, source: there,
            added: zip(old, there).map { mixed, there in zip(mixed, there).map { $0 - $1 } })
    }

    /// What the user should know of rectangles that are too short and narrow; nil where there is nothing.
    static func note(_ outside: Double, _ area: EditArea, _ rate: Int) -> String? {
        guard outside >= 1 else { return nil }
        let region = Region(frames: area.frames, rate: rate, band: area.rectangles.first?.band)
        return "The rectangle \(region) is too short for its width: what is up to \(Int(outside.rounded(.up))) Hz "
            + "beside it changes a little too."
    }

    /// The largest width, in Hz, by which a rectangle's edges lie outside its band.
    var outside: Double { stages.map { $0.shape.outside }.max() ?? 0 }

    /// One rectangle on its way through the blocks of the area.
    private struct Stage {
        let shape: RectangleFilters.Shape
        private let rate: Int
        /// The frames where something may change; beyond one that the sound itself ends there is nothing to go over into.
        private let frames: Range<Int>
        private let fade: Int
        private let isOpen: (start: Bool, end: Bool)
        /// Made when the first block is there, which tells how alike the two sounds are.
        private var filters: RectangleFilters?
        /// What was taken and is not yet given, with what its filters see before it: the first frame is `first`.
        private var new: [[Float]]
        private var old: [[Float]]
        private var first: Int
        private var next: Int
        /// How alike the two sounds are where one goes over into the other in time; nil before that was reached.
        private var likeness: (start: Double?, end: Double?)

        /// Seconds of the way from the source to what was made, in time.
        private static let fade = 0.004

        init(
            _ rectangle: EditArea.Rectangle, _ area: Range<Int>, _ source: any SoundSource, _ feather: Feather?
        ) {
            rate = source.rate
            frames = rectangle.frames
            shape = RectangleFilters.shape(
                rectangle.band, count: frames.count, rate: rate, octaves: feather?.octaves ?? 0)
            isOpen = (frames.lowerBound == 0, frames.upperBound == source.frames)
            fade = min(
                frames.count / 4, max(1, Int(max(Self.fade, feather?.seconds ?? 0) * Double(rate))))
            new = [[Float]](repeating: [], count: source.channelCount)
            old = new
            (first, next) = (area.lowerBound, area.lowerBound)
        }

        /// Whether nothing is filtered: all frequencies are meant.
        private var isWhole: Bool { shape.low == nil && shape.high == nil }
        private var reach: Int { isWhole ? 0 : shape.reach }

        mutating func push(
            _ more: [[Float]], over source: [[Float]], isLast: Bool
        ) -> (new: [[Float]], old: [[Float]]) {
            for channel in new.indices {
                new[channel] += more[channel]
                old[channel] += source[channel]
            }
            let end = first + new[0].count
            let filters = self.filters ?? RectangleFilters(shape, rate: rate, correlation: correlation())
            self.filters = filters
            let ready = next..<(isLast ? end : max(next, end - reach))
            let wanted = ready.lowerBound - first..<ready.upperBound - first
            likeness.start = likeness.start ?? self.likeness(frames.lowerBound + reach, end)
            likeness.end = likeness.end ?? self.likeness(frames.upperBound - reach - fade, end)
            let ways = gains(first..<end)
            let result = new.indices.map { channel -> (new: [Float], old: [Float]) in
                let out = zip(ways, old[channel]).map { $0.removed * $1 }
                let into = zip(ways, new[channel]).map { $0.added * $1 }
                let (less, more) = isWhole ? (out, into) : (filters.removed(out), filters.added(into))
                return (
                    Array(new[channel][wanted]), wanted.map { old[channel][$0] - less[$0] + more[$0] }
                )
            }
            next = ready.upperBound
            let dropped = max(0, next - reach - first)
            for channel in new.indices {
                new[channel].removeFirst(dropped)
                old[channel].removeFirst(dropped)
            }
            first += dropped
            return (result.map(\.new), result.map(\.old))
        }

        /// What is taken of both sounds at some frames.
        private func gains(_ range: Range<Int>) -> [(removed: Float, added: Float)] {
            range.map { frame in
                guard frames.contains(frame) else { return (0, 0) }
                let before = isOpen.start ? Int.max : frame - frames.lowerBound - reach
                let after = isOpen.end ? Int.max : frames.upperBound - 1 - frame - reach
                let distance = min(before, after)
                if distance >= fade { return (1, 1) }
                if distance < 0 { return (0, 0) }
                let alike = (before < after ? likeness.start : likeness.end) ?? 0
                let gains = RectangleFilters.gains(
                    (Double(distance) + 0.5) / Double(fade), angle: acos(min(0.9999, alike)))
                return (Float(1 - gains.old), Float(gains.new))
            }
        }

        /// The correlation of the two sounds on the way that begins at a frame, 0...1; nil where it is not there yet.
        private func likeness(_ start: Int, _ end: Int) -> Double? {
            guard start >= first, start + fade <= end else { return nil }
            let range = start - first..<start - first + fade
            return Self.correlation(new.map { $0[range] }, old.map { $0[range] })
        }

        private static func correlation(_ new: [ArraySlice<Float>], _ old: [ArraySlice<Float>]) -> Double {
            var (product, a, b) = (0.0, 0.0, 0.0)
            for (new, old) in zip(new, old) {
                for (x, y) in zip(new, old) {
                    product += Double(x * y)
                    a += Double(x * x)
                    b += Double(y * y)
                }
            }
            return a > 0 && b > 0 ? max(0, product / (a * b).squareRoot()) : 0
        }

        /// How alike what was made and the source are at the band's edges, 0...1.
        private func correlation() -> Double {
            guard !isWhole else { return 0 }
            let apart = RectangleFilters(shape, rate: rate, correlation: 0)
            let count = min(new[0].count, 4 * rate)
            func edges(_ samples: [Float]) -> ArraySlice<Float> {
                let samples = Array(samples[..<count])
                return zip(apart.added(samples), apart.removed(samples)).map { $0 - $1 }[...]
            }
            return Self.correlation(new.map(edges), old.map(edges))
        }
    }
}
