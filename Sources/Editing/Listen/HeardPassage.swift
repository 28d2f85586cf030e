public import Core

/// What is heard of a passage of the source: its log-mel, and which of it is not going to change. Of one thread.
public final class HeardPassage {
    /// Mel frames of the passage that can be asked for; the passage's first frame is 0, and there may be some before it.
    public let heard: Range<Int>
    /// The frames that do not change, sorted and apart.
    public let known: [Range<Int>]
    /// The lower of the model's mel bands, up to where the source's spectrum ends.
    public let bands: Int
    /// Mel frames per second.
    public let framesPerSecond: Double
    /// Mel frames that the network sees at once.
    public let window: Int
    private let sound: PassageMel
    private var nearest: NearestPassage?

    init(_ sound: PassageMel, known: [Range<Int>], heard: Range<Int>, bands: Int, _ loaded: LoadedModel) {
        self.sound = sound
        self.known = known
        self.heard = heard
        self.bands = bands
        framesPerSecond = loaded.model.frontEnd.frameRate
        window = loaded.windowFrames
    }

    /// The source's log-mel in some frames within `heard`, [1, T, bands], in nepers.
    public func mel(_ frames: Range<Int>) throws -> Tensor {
        precondition(
            heard.lowerBound <= frames.lowerBound && frames.upperBound <= heard.upperBound, "frames out of reach")
        return try sound.mel(frames).sliced(axis: 2, 0..<bands)
    }

    /// Finds passages that are like others; made once.
    func nearestPassage() throws -> NearestPassage {
        if let nearest { return nearest }
        let made = NearestPassage(
            try sound.mel(heard), known: known.map { $0.shifted(by: -heard.lowerBound) }, bands: bands)
        nearest = made
        return made
    }
}
