public import Core

/// Makes a sound from a prompt: several takes, of which the one is kept that, to the model's audio tower, is most like the prompt. A
/// model without an audio tower makes one.
///
/// The samples are the vocoder's own, unscaled: with a published model, seed, steps and guidance as in diffusers' pipeline they are
/// those that it gives.
public struct Generate: EditRequest {
    /// The word for the job in JSON.
    public static let job = "generate"
    /// The defaults of jobs that follow a prompt.
    public static let defaults = SamplingDefaults.prompted

    /// The number of takes, unless the request says otherwise.
    public static let defaultTakes = 3

    /// The length of the sound in seconds, above 0 and up to a day.
    public let duration: Double
    /// The number of takes, 1...100. A long sound is made in segments, each of so many takes.
    public let takes: Int
    /// A description of what shall be heard.
    public var condition: Condition
    /// The settings of how the edit is made.
    public var settings: Settings

    /// A request to make a sound.
    /// - Parameters:
    ///   - duration: the length of the sound in seconds, above 0 and up to a day.
    ///   - takes: the number of takes, 1...100.
    ///   - condition: a description of what shall be heard.
    ///   - settings: how the edit is made; nil for the job's defaults.
    /// - Throws: `EditingError` for a value out of its range.
    public init(
        duration: Double, takes: Int = Self.defaultTakes, condition: Condition, settings: Settings? = nil
    ) throws(EditingError) {
        self.duration = duration
        self.takes = takes
        self.condition = condition
        self.settings = try .given(settings, for: Self.self, condition)
        try EditingError.demand((1...100).contains(takes), .takes, "1 to 100", takes)
        try EditingError.demand(
            duration > 0 && duration <= 86_400, .duration, "above 0 and up to 86400 seconds", duration)
    }

    /// Reads the job as JSON has it; what is left out has the job's default.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let condition = try values.condition(.condition)
        try self.init(
            duration: values.decode(Double.self, forKey: .duration),
            takes: values.decodeIfPresent(Int.self, forKey: .takes) ?? Self.defaultTakes,
            condition: condition,
            settings: values.settings(.settings, for: Self.self, condition))
    }

    /// The plan of a new sound. A source is not looked at.
    public func plan(for source: (any SoundSource)?) -> EditPlan {
        .new(NewSoundPlan(duration: duration, takes: takes))
    }
}
