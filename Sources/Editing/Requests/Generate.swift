public import Core

/// Makes a sound from a prompt: several takes, of which the one is kept that, to the model's audio tower, is most like the prompt. A
/// model without an audio tower makes one.
///
/// The samples are the vocoder's own, unscaled: with a published model, seed, steps and guidance as in diffusers' pipeline they are
/// those that it gives.
public struct Generate: EditRequest {
    public static let job = "generate"
    public static let defaults = SamplingDefaults.prompted

    /// Takes of a generation, unless it is said otherwise.
    public static let defaultTakes = 3

    /// In seconds, above 0 and up to a day.
    public let duration: Double
    /// 1...100. A long sound is made in segments, each of so many takes.
    public let takes: Int
    public var condition: Condition
    public var settings: Settings

    /// - Throws: `EditingError` for a value out of its range.
    public init(
        duration: Double, takes: Int = Self.defaultTakes, condition: Condition, settings: Settings? = nil
    ) throws(EditingError) {
        self.duration = duration
        self.takes = takes
        self.condition = condition
        self.settings = try .given(settings, for: Self.self)
        try EditingError.demand((1...100).contains(takes), .takes, "1 to 100", takes)
        try EditingError.demand(
            duration > 0 && duration <= 86_400, .duration, "above 0 and up to 86400 seconds", duration)
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            duration: values.decode(Double.self, forKey: .duration),
            takes: values.decodeIfPresent(Int.self, forKey: .takes) ?? Self.defaultTakes,
            condition: values.condition(.condition),
            settings: values.settings(.settings, for: Self.self))
    }

    public func plan(for source: (any SoundSource)?) -> EditPlan {
        .new(NewSoundPlan(duration: duration, takes: takes))
    }
}
