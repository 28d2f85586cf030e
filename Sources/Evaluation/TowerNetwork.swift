public import Core
internal import Editing

/// A model's own audio tower as the network that hears: for whoever has no other one. It praises sounds of the model that was
/// trained with it.
public struct TowerNetwork: SoundNetwork {
    /// What the network is called in reports.
    public let name: String
    /// The rate of the sound that it hears, in Hz.
    public let rate: Int
    /// The samples of the sound that the tower was trained on.
    public let window: Int
    private let ear: SoundEmbedding
    private let logMel: LogMel
    private let reader: TextEncoder
    private let tokenizer: Tokenizer
    /// The text tower's vectors of the classes.
    private let described: [[Float]]

    /// The classes: what a text tower reads in each is where sounds of it should lie.
    public static let classes = [
        "background ambience of a place", "an animal or creature calling", "footsteps of someone walking",
        "a person crying out, laughing or coughing", "an impact, a weapon or an explosion",
        "an engine or machine running",
        "a drum or cymbal hit", "a musical instrument playing a note", "a piece of instrumental music",
        "wind, rain, water or thunder in nature", "a magic spell or science fiction sound effect", "a person speaking",
        "a tool or door, chopping, digging, hammering", "a click, chime, bell or alarm",
    ]
    /// What the cosines are multiplied by before softmax.
    private static let sharpness: Float = 20

    /// Loads the towers of a model.
    /// - Parameters:
    ///   - model: the model.
    ///   - name: what the model is called in messages.
    /// - Throws: `EvaluationError.noTower` for a model without an audio tower; `CheckpointError`.
    public init(_ model: Model, name: String) throws {
        guard let encoder = try model.audioEncoder() else { throw EvaluationError.noTower(model: name) }
        self.name = "the audio tower of \(name), \(Self.classes.count) classes by their descriptions"
        ear = SoundEmbedding(encoder, model.towerFrontEnd)
        logMel = LogMel(model.frontEnd)
        rate = model.towerFrontEnd?.samplingRate ?? model.frontEnd.samplingRate
        window = model.towerFrontEnd?.window ?? ear.length * model.frontEnd.hopSize
        reader = try model.textEncoder()
        tokenizer = try model.tokenizer()
        let (reader, tokenizer) = (reader, tokenizer)
        described = Self.classes.map { Self.read($0, reader, tokenizer) }
    }

    /// Hears a sound of one channel whole: the mean of what it hears in windows that overlap by half.
    /// - Returns: nil for silence.
    public func hear(_ samples: [Float]) -> Hearing? {
        guard !samples.isEmpty else { return nil }
        guard let heard = embedding(of: samples)?.elements else { return nil }
        return Hearing(embedding: heard, logits: described.map { Self.sharpness * Self.cosine($0, heard) })
    }

    private func embedding(of samples: [Float]) -> Tensor? {
        // The sound comes at the tower's own rate, so that nothing can be wrong with it.
        if ear.hearsSamples { return try? ear.embedding(of: [samples], rate: rate) }
        let mel = logMel(samples)
        return ear.embedding(of: [mel.reshaped([1] + mel.shape)])
    }

    /// How well a caption says what is heard: the cosine of both towers' vectors.
    func agreement(of caption: String, with hearing: Hearing) -> Double {
        Double(Self.cosine(Self.read(caption, reader, tokenizer), hearing.embedding))
    }

    private static func read(_ text: String, _ reader: TextEncoder, _ tokenizer: Tokenizer) -> [Float] {
        reader(tokenizer.encode(text, maximumLength: reader.configuration.maximumTokens)).elements
    }

    static func cosine(_ a: [Float], _ b: [Float]) -> Float {
        func dot(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
        return dot(a, b) / max((dot(a, a) * dot(b, b)).squareRoot(), 1e-12)
    }
}
