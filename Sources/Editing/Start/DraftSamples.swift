internal import Core

/// The samples of the passages that a draft was taken from, at the place of the draft.
///
/// They go on beyond it as far as the passages are known there. A passage was found to a mel frame; where its samples are most like those that it
/// follows on or leads to, within half a frame, is where it is taken from, so that a rhythm keeps its beat and a tone its phase.
struct DraftSamples {
    private typealias Piece = DraftOrigin.Piece

    /// A piece, and by how many samples later it is taken from its passage.
    private struct PlacedPiece {
        let piece: Piece
        let shift: Int
    }

    /// Mel frames of the passage. All other frames are counted from the first of them.
    private let frames: Range<Int>
    /// The frames for which there are samples.
    private let whole: Range<Int>
    private var (first, second): ([PlacedPiece], [PlacedPiece]) = ([], [])
    private let fading: Range<Int>
    private let reader: PassageReader
    /// Samples in a mel frame.
    private let hop: Int
    /// The mel bands that the recording has, from the lowest on.
    private let bands: Int

    /// Seconds beyond the draft, and those of them that tell where a passage lies to the sample.
    private static let (reach, margin) = (0.5, 0.1)

    /// - Parameters:
    ///   - frames: of the draft, in mel frames of the passage.
    ///   - known: mel frames of the passage that do not change.
    ///   - hop: samples of the reader in a mel frame.
    ///   - bands: the mel bands that the recording has, from the lowest on.
    /// - Throws: what reading the source throws.
    init(
        _ frames: Range<Int>, from origin: DraftOrigin, known: [Range<Int>], _ reader: PassageReader, hop: Int,
        bands: Int, framesPerSecond: Double
    ) throws {
        func isKnown(_ frame: Int) -> Bool { known.contains { $0.contains(frame) } }
        let (reach, margin) = (Int(Self.reach * framesPerSecond), Int(Self.margin * framesPerSecond))
        let (start, end) = (origin.first[0].place, (origin.second.last ?? origin.first[origin.first.count - 1]).place)
        let before = (1...reach).first { !isKnown(start - $0) }.map { $0 - 1 } ?? reach
        let after = (0..<reach).first { !isKnown(end + frames.count + $0) } ?? reach
        (self.frames, self.reader, self.hop, self.bands) = (frames, reader, hop, bands)
        (whole, fading) = (-before..<frames.count + after, origin.fading)

        func ifKnown(_ part: Range<Int>) -> Range<Int>? {
            !part.isEmpty && part.allSatisfy { isKnown(frames.lowerBound + $0) } ? part : nil
        }
        let (lead, tail) = (
            ifKnown(-min(margin, before)..<0), ifKnown(frames.count..<frames.count + min(margin, after))
        )
        if !origin.second.isEmpty {
            first = try placed(origin.first, from: [lead])
            second = try placed(origin.second.reversed(), from: [tail]).reversed()
        } else if lead == nil {
            first = try placed(origin.first.reversed(), from: [tail]).reversed()
        } else {
            first = try placed(origin.first, from: origin.first.count == 1 ? [lead, tail] : [lead])
        }
    }

    /// The samples of the passage that are made of these.
    var covered: Range<Int> { frames.lowerBound * hop..<frames.upperBound * hop }

    /// The samples for some mel frames of the passage, and enough beyond them that a vocoder goes over to its own elsewhere; nil where there are none.
    func template(for range: Range<Int>) throws -> SampleTemplate? {
        let beyond = (4 * SampleTemplate.fade + hop - 1) / hop
        let part = part(of: range.lowerBound - beyond..<range.upperBound + beyond)
        guard !part.isEmpty else { return nil }
        let samples = try samples(part) { [try reader.samples($0)] }
        return SampleTemplate(
            start: (frames.lowerBound + part.lowerBound) * hop, samples: samples[0], levelledBands: bands)
    }

    /// The samples of each channel under some samples of the passage, and the place of the first; nil where there are none.
    func channels(under range: Range<Int>) throws -> (start: Int, samples: [[Float]])? {
        let part = part(of: range.lowerBound.roundedDown(by: hop)..<(range.upperBound + hop - 1).roundedDown(by: hop))
        guard !part.isEmpty else { return nil }
        return ((frames.lowerBound + part.lowerBound) * hop, try samples(part, reader.channels))
    }

    /// What of some mel frames of the passage there are samples for.
    private func part(of range: Range<Int>) -> Range<Int> {
        range.shifted(by: -frames.lowerBound).clamped(to: whole)
    }

    // MARK: - Samples of pieces

    private typealias Reading = (Range<Int>) throws -> [[Float]]

    /// The samples of some frames, read by some means.
    private func samples(_ part: Range<Int>, _ read: Reading) throws -> [[Float]] {
        if second.isEmpty { return try samples(part, first, read) }
        let (early, late) = (
            part.clamped(to: whole.lowerBound..<fading.upperBound),
            part.clamped(to: fading.lowerBound..<whole.upperBound)
        )
        if late.isEmpty { return try samples(early, first, read) }
        let rest = try samples(late, second, read)
        var result = early.isEmpty ? rest.map { _ in [] } : try samples(early, first, read)
        for channel in result.indices {
            result[channel] += [Float](repeating: 0, count: part.count * hop - result[channel].count)
        }
        lay(rest, from: late.lowerBound, fading, over: &result, from: part.lowerBound)
        return result
    }

    /// The samples of some frames out of pieces that follow on each other, of which the outermost go on beyond the draft.
    private func samples(_ part: Range<Int>, _ pieces: [PlacedPiece], _ read: Reading) throws -> [[Float]] {
        var result: [[Float]] = []
        for (index, placed) in pieces.enumerated() {
            let frames = placed.piece.frames
            let low = index == 0 ? min(whole.lowerBound, frames.lowerBound) : frames.lowerBound
            let high = index == pieces.count - 1 ? max(whole.upperBound, frames.upperBound) : frames.upperBound
            let covered = (low..<high).clamped(to: part)
            guard !covered.isEmpty else { continue }
            let samples = try read(samples(under: covered, of: placed.piece, shiftedBy: placed.shift))
            if result.isEmpty { result = samples.map { _ in [Float](repeating: 0, count: part.count * hop) } }
            let fading = frames.lowerBound..<frames.lowerBound + placed.piece.fade
            lay(samples, from: covered.lowerBound, fading, over: &result, from: part.lowerBound)
        }
        return result
    }

    private func samples(under part: Range<Int>, of piece: Piece, shiftedBy shift: Int) -> Range<Int> {
        (piece.place + part.lowerBound) * hop + shift..<(piece.place + part.upperBound) * hop + shift
    }

    /// Lays samples from some frame on over others, into which they fade.
    private func lay(
        _ samples: [[Float]], from frame: Int, _ fading: Range<Int>, over result: inout [[Float]], from origin: Int
    ) {
        let (place, faded) = ((frame - origin) * hop, (frame - fading.lowerBound) * hop)
        for channel in samples.indices {
            for index in samples[channel].indices {
                let share = fading.isEmpty ? 1 : min(1, (Float(faded + index) + 0.5) / Float(fading.count * hop))
                result[channel][place + index] += share * (samples[channel][index] - result[channel][place + index])
            }
        }
    }

    // MARK: - Their place to the sample

    /// Pieces placed one after the other: the first by the frames of the recording on its sides, each other by what it shares with the one before.
    private func placed(_ pieces: [Piece], from sides: [Range<Int>?]) throws -> [PlacedPiece] {
        let recording = PlacedPiece(piece: Piece(frames: whole, place: frames.lowerBound, fade: 0), shift: 0)
        var placed: [PlacedPiece] = []
        for piece in pieces {
            let neighbours: [(PlacedPiece, Range<Int>)] =
                if let last = placed.last {
                    [(last, last.piece.frames.clamped(to: piece.frames))]
                } else {
                    sides.compactMap { side in side.map { (recording, $0) } }
                }
            let told = try neighbours.filter { !$1.isEmpty }.map { try likenesses(piece, to: $0, in: $1) }
            placed.append(PlacedPiece(piece: piece, shift: shift(told)))
        }
        return placed
    }

    /// How like the samples of some frames of a placed piece those of another are, for each shift from half a frame earlier to half a frame later.
    private func likenesses(_ piece: Piece, to placed: PlacedPiece, in part: Range<Int>) throws -> [Double] {
        let here = try reader.samples(samples(under: part, of: placed.piece, shiftedBy: placed.shift)).map(Double.init)
        let low = samples(under: part, of: piece, shiftedBy: -hop / 2).lowerBound
        let there = try reader.samples(low..<low + here.count + hop - 1).map(Double.init)
        let powers = DotProduct.sliding([Double](repeating: 1, count: here.count), over: there.map { $0 * $0 })
        return zip(DotProduct.sliding(here, over: there), powers).map { $0 / ($1 + 1e-12).squareRoot() }
    }

    /// The shift at which samples are most alike, in all of some comparisons together.
    private func shift(_ likenesses: [[Double]]) -> Int {
        let sums = (0..<hop).map { shift in likenesses.reduce(0) { $0 + $1[shift] } }
        // Where nothing tells, the place stays.
        guard let best = sums.indices.max(by: { sums[$0] < sums[$1] }), sums[best] > 0 else { return 0 }
        return best - hop / 2
    }
}
