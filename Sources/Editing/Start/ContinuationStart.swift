public import Core

/// A stretch of any length starts from passages of its surroundings, one after the other: each follows on what is like the end of the one
/// before. So level and brightness are those of the recording, however long the stretch.
public struct ContinuationStart: StartingPoint {
    /// The seed by which one of the passages that fit best is chosen.
    let seed: UInt64

    /// - Parameter seed: chooses among the passages that fit best.
    public init(seed: UInt64 = 0) { self.seed = seed }

    /// Frames over which the two halves of a stretch with both sides known go over into each other.
    private static let fade = 20

    /// The passages from the left for a stretch that has nothing after it, from the right for one that has nothing before it, and else both,
    /// which meet in the middle. nil where next to nothing is known.
    public func draft(of frames: Range<Int>, in passage: HeardPassage) throws -> Tensor? {
        let before = passage.known.filter { $0.upperBound <= frames.lowerBound }
        let after = passage.known.filter { $0.lowerBound >= frames.upperBound }
        let rows = try passage.known.map { stretch in
            PassageChain.Stretch(try passage.mel(stretch).elements, bands: passage.bands)
        }
        let forwards = PassageChain(rows, from: before.count - 1, bands: passage.bands, seed: seed)
        let backwards = PassageChain(
            rows.reversed().map(\.reversed), from: after.count - 1, bands: passage.bands, seed: seed &+ 1)
        let (count, width) = (frames.count, passage.bands)
        let left = before.isEmpty ? nil : forwards?(count)
        let right = after.isEmpty ? nil : backwards?(count).reversed(count, bands: width)
        let first = left?.pieces.map { $0.piece(from: passage.known[$0.stretch].lowerBound + $0.frame) } ?? []
        let second =
            right?.pieces.map { $0.piece(from: passage.known.reversed()[$0.stretch].upperBound - $0.frame) } ?? []
        guard let left, let right else {
            guard let path = left ?? right else { return nil }
            passage.note(DraftOrigin(first: first + second), ofDraftFor: frames)
            return Tensor(path.mel, shape: [1, count, width])
        }
        let fade = min(Self.fade, count)
        let start = (count - fade) / 2
        passage.note(DraftOrigin(first: first, second: second, fading: start..<start + fade), ofDraftFor: frames)
        let mel = left.mel.indices.map { index in
            let share = min(1, max(0, (Float(index / width - start) + 0.5) / Float(fade)))
            return left.mel[index] + share * (right.mel[index] - left.mel[index])
        }
        return Tensor(mel, shape: [1, count, width])
    }
}

/// Passages of a recording, one after the other: a texture goes on as long as it has to (compare the random walks of "Sound texture synthesis",
/// D. Schwarz, DAFx 2011).
struct PassageChain {
    /// A piece of a log-mel, row-major [frames, bands].
    struct Stretch {
        let mel: [Float]
        let bands: Int

        init(_ mel: [Float], bands: Int) {
            self.mel = mel
            self.bands = bands
        }

        var frames: Int { mel.count / bands }

        func rows(_ range: Range<Int>) -> ArraySlice<Float> { mel[range.lowerBound * bands..<range.upperBound * bands] }

        /// The same from its end to its beginning.
        var reversed: Stretch {
            Stretch((0..<frames).reversed().flatMap { rows($0..<$0 + 1) }, bands: bands)
        }
    }

    private let stretches: [Stretch]
    private let start: Int
    private let bands: Int
    private let seed: UInt64
    private let floor: Float

    /// Frames that are compared, and the fewest; frames over which passages go over into each other.
    private static let (context, fewest, fade) = (40, 8, 8)
    /// Frames of a passage, from the shortest to the longest, and the frames around one that was taken that are not taken again soon.
    private static let (shortest, longest, apart) = (60, 300, 40)
    /// The number of passages that fit best, of which one is taken, and of those taken last that are not taken again.
    private static let (choice, memory) = (4, 6)
    /// Nepers below the loudest from which on all is alike.
    private static let range: Float = 7

    /// - Parameters:
    ///   - stretches: what is known, in the order of time.
    ///   - start: the stretch whose end is gone on from.
    /// - Returns: nil where too little is known.
    init?(_ stretches: [Stretch], from start: Int, bands: Int, seed: UInt64) {
        guard stretches.indices.contains(start), stretches[start].frames >= Self.fewest + Self.fade,
            stretches.contains(where: { $0.frames >= 2 * Self.fewest + Self.fade })
        else { return nil }
        self.stretches = stretches
        self.start = start
        self.bands = bands
        self.seed = seed
        floor = (stretches.flatMap(\.mel).max() ?? 0) - Self.range
    }

    private struct Place: Equatable {
        let stretch: Int
        let frame: Int
    }

    /// Frames that follow on an end, and where they come from.
    struct Path {
        /// Row-major [frames, bands].
        let mel: [Float]
        let pieces: [Piece]

        /// Frames out of a stretch.
        struct Piece {
            /// The frames that it makes or goes over into.
            let frames: Range<Int>
            let stretch: Int
            /// The frame of the stretch that stands at the first.
            let frame: Int
            /// The frames at its beginning over which the piece before goes over into it.
            let fade: Int

            /// The same, of a recording.
            /// - Parameter first: the frame of the recording that stands at the first.
            func piece(from first: Int) -> DraftOrigin.Piece {
                DraftOrigin.Piece(frames: frames, place: first - frames.lowerBound, fade: fade)
            }
        }

        /// The same from its end to its beginning, where a piece's `frame` is counted from the end of its stretch.
        func reversed(_ count: Int, bands: Int) -> Path {
            let ends = pieces.dropFirst().map(\.fade) + [0]
            return Path(
                mel: Stretch(mel, bands: bands).reversed.mel,
                pieces: zip(pieces, ends).reversed().map { piece, end in
                    Piece(
                        frames: count - piece.frames.upperBound..<count - piece.frames.lowerBound,
                        stretch: piece.stretch, frame: piece.frame + piece.frames.count, fade: end)
                })
        }
    }

    /// So many frames that follow on the end.
    func callAsFunction(_ count: Int) -> Path {
        var made = Array(
            stretches[start].rows(max(0, stretches[start].frames - Self.context)..<stretches[start].frames))
        let known = made.count
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678
        func draw(_ count: Int) -> Int {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % max(1, count)
        }
        var taken: [Place] = []
        var pieces: [Path.Piece] = []
        while made.count < known + count * bands {
            let place = next(after: made, besides: taken.suffix(Self.memory), draw)
            taken.append(place)
            let stretch = stretches[place.stretch]
            let room = stretch.frames - place.frame
            let length = min(room, Self.shortest + draw(Self.longest - Self.shortest))
            // What is there already goes over into what stood before the passage; the recording's own end stays.
            let fade = made.count > known ? min(Self.fade, place.frame) : 0
            let old = made.count - fade * bands
            for index in 0..<fade * bands {
                let share = (Float(index / bands) + 0.5) / Float(fade)
                let new = stretch.mel[(place.frame - fade) * bands + index]
                made[old + index] += share * (new - made[old + index])
            }
            let start = old / bands - known / bands
            pieces.append(
                Path.Piece(
                    frames: start..<min(count, start + fade + length), stretch: place.stretch,
                    frame: place.frame - fade,
                    fade: fade))
            made += stretch.rows(place.frame..<place.frame + length)
        }
        return Path(mel: Array(made[known..<known + count * bands]), pieces: pieces)
    }

    /// The place of the passage that goes on best.
    private func next(after made: [Float], besides taken: ArraySlice<Place>, _ draw: (Int) -> Int) -> Place {
        let context = min(Self.context, made.count / bands)
        let tail = made.suffix(context * bands).map { max($0, floor) }
        let longest = stretches.map(\.frames).max() ?? 0
        let least = min(Self.shortest, longest / 3)
        var found: [(place: Place, distance: Float)] = []
        for (index, stretch) in stretches.enumerated() where stretch.frames > Self.fewest + least {
            let places = stride(from: min(context, stretch.frames - least), through: stretch.frames - least, by: 1)
            let distances = Parallel.map(places.underestimatedCount) { step in
                distance(stretch, min(context, stretch.frames - least) + step, tail)
            }
            for (step, distance) in distances.enumerated() {
                let place = Place(stretch: index, frame: min(context, stretch.frames - least) + step)
                let isNear = taken.contains {
                    $0.stretch == place.stretch && abs($0.frame - place.frame) < Self.apart
                }
                found.append((place, isNear ? distance + 2 : distance))
            }
        }
        found.sort { ($0.distance, $0.place.stretch, $0.place.frame) < ($1.distance, $1.place.stretch, $1.place.frame) }
        // Of those that fit best, some that are apart.
        var best: [Place] = []
        let limit = (found.first?.distance ?? 0) * 1.3 + 0.02
        for (place, distance) in found where distance <= limit && best.count < Self.choice {
            let isApart = best.allSatisfy { $0.stretch != place.stretch || abs($0.frame - place.frame) >= Self.apart }
            if isApart { best.append(place) }
        }
        return best[draw(best.count)]
    }

    /// How unlike what stands before a place is to the end of what was made, in nepers; near frames count more.
    private func distance(_ stretch: Stretch, _ frame: Int, _ tail: [Float]) -> Float {
        let count = min(tail.count / bands, frame)
        guard count >= Self.fewest else { return .infinity }
        var (sum, weights): (Float, Float) = (0, 0)
        for step in stride(from: 0, to: count, by: 2) {
            let weight = 1 - 0.7 * Float(step) / Float(count)
            let here = (frame - 1 - step) * bands
            let there = tail.count - (step + 1) * bands
            var apart: Float = 0
            for band in 0..<bands { apart += abs(max(stretch.mel[here + band], floor) - tail[there + band]) }
            sum += weight * apart
            weights += weight * Float(bands)
        }
        return sum / weights
    }
}
