public import Core

/// A passage of the source as the model hears it: its log-mel, and which of it is not going to change. It is used by
/// one thread.
public final class HeardPassage {
    /// The mel frames of the passage that can be asked for; the passage's first frame is 0, and there may be some
    /// before it.
    public let heard: Range<Int>
    /// The frames that do not change, sorted and apart.
    public let known: [Range<Int>]
    /// The number of mel bands that a log-mel of the passage has: the lower of the model's bands, up to where the
    /// source's spectrum ends.
    public let bands: Int
    /// The number of mel frames in a second.
    public let framesPerSecond: Double
    /// The number of mel frames that the network sees at once.
    public let window: Int
    private let sound: PassageMel
    private var nearest: NearestPassage?
    private var drafts: [Range<Int>: NearestPassage.Draft] = [:]

    init(_ sound: PassageMel, known: [Range<Int>], heard: Range<Int>, bands: Int, _ loaded: LoadedModel) {
        self.sound = sound
        self.known = known
        self.heard = heard
        self.bands = bands
        framesPerSecond = loaded.model.frontEnd.frameRate
        window = loaded.windowFrames
    }

    /// Reads the source's log-mel.
    /// - Parameter frames: mel frames within ``heard``.
    /// - Returns: the log-mel in nepers, [1, T, bands].
    /// - Throws: what reading the source throws.
    public func mel(_ frames: Range<Int>) throws -> Tensor {
        precondition(
            heard.lowerBound <= frames.lowerBound && frames.upperBound <= heard.upperBound, "frames out of reach")
        return try sound.mel(frames).sliced(axis: 2, 0..<bands)
    }

    /// What some frames are filled with from the passages that would continue their surroundings best; nil where too little is known.
    func nearestDraft(for frames: Range<Int>) throws -> NearestPassage.Draft? {
        let draft = try nearestPassage().draft(for: frames.shifted(by: -heard.lowerBound))
        drafts[frames] = draft
        return draft
    }

    /// The samples of the passages that a draft of some frames was taken from, at the frames' place; nil where none was asked for.
    ///
    /// They go on beyond the frames, for half a second at most, as far as the passages are known there.
    /// - Parameters:
    ///   - reader: of the samples.
    ///   - hop: samples of the reader in a mel frame.
    func samples(ofDraftFor frames: Range<Int>, _ reader: PassageReader, hop: Int) throws -> SampleTemplate? {
        guard let choice = drafts[frames]?.choice else { return nil }
        let (first, second) = (choice.first + heard.lowerBound, choice.second + heard.lowerBound)
        func isKnown(_ frame: Int) -> Bool { known.contains { $0.contains(frame) } }
        let reach = Int(Self.beyondDraft * framesPerSecond)
        let before = (1...reach).first { !isKnown(first - $0) }.map { $0 - 1 } ?? reach
        let after = (0..<reach).first { !isKnown(second + frames.count + $0) } ?? reach
        func samples(_ place: Int, _ part: Range<Int>) throws -> [Float] {
            try reader.samples((place + part.lowerBound) * hop..<(place + part.upperBound) * hop)
        }
        let whole = -before..<frames.count + after
        guard !choice.isSingle else {
            return SampleTemplate(start: (frames.lowerBound - before) * hop, samples: try samples(first, whole))
        }
        let (fade, rest) = (choice.fading, try samples(second, choice.fading.lowerBound..<whole.upperBound))
        var joined = try samples(first, whole.lowerBound..<fade.upperBound)
        let (start, count) = (joined.count - fade.count * hop, fade.count * hop)
        for index in 0..<count {
            joined[start + index] += (Float(index) + 0.5) / Float(count) * (rest[index] - joined[start + index])
        }
        return SampleTemplate(start: (frames.lowerBound - before) * hop, samples: joined + rest[count...])
    }

    /// Seconds of samples beyond those of a draft.
    private static let beyondDraft = 0.5

    /// Finds passages that are like others; made once.
    private func nearestPassage() throws -> NearestPassage {
        if let nearest { return nearest }
        let made = NearestPassage(
            try sound.mel(heard), known: known.map { $0.shifted(by: -heard.lowerBound) }, bands: bands)
        nearest = made
        return made
    }
}
