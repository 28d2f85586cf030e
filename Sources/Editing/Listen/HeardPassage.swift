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
    /// Where the drafts of frames were taken from.
    private var origins: [Range<Int>: DraftOrigin] = [:]

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
        if let choice = draft?.choice {
            note(DraftOrigin(choice, frames: frames.count, shiftedBy: heard.lowerBound), ofDraftFor: frames)
        }
        return draft
    }

    /// Remembers where a draft of some frames was taken from.
    func note(_ origin: DraftOrigin, ofDraftFor frames: Range<Int>) { origins[frames] = origin }

    /// The samples of the passages that a draft of some frames was taken from; nil where that was not noted.
    /// - Parameters:
    ///   - reader: of the samples.
    ///   - hop: samples of the reader in a mel frame.
    func samples(ofDraftFor frames: Range<Int>, _ reader: PassageReader, hop: Int) throws -> DraftSamples? {
        try origins[frames].map { origin in
            try DraftSamples(
                frames, from: origin, known: known, reader, hop: hop, bands: bands, framesPerSecond: framesPerSecond)
        }
    }

    /// Finds passages that are like others; made once.
    private func nearestPassage() throws -> NearestPassage {
        if let nearest { return nearest }
        let made = NearestPassage(
            try sound.mel(heard), known: known.map { $0.shifted(by: -heard.lowerBound) }, bands: bands)
        nearest = made
        return made
    }
}
