public import Core

/// Goes on with a sound beyond its ends; the sound itself stays bit for bit, as far as the output's encoding can hold it.
///
/// What is made begins with passages of the last half minute, each of which fits where the one before ends, and is changed by `strength`.
public struct Extend: EditRequest {
    /// The word for the job in JSON.
    public static let job = "extend"
    /// The defaults of jobs that follow the sound around them.
    public static let defaults = SamplingDefaults.surrounded

    /// The seconds that are made before the sound's beginning, 0...3600.
    public let before: Double
    /// The seconds that are made after the sound's end, 0...3600.
    public let after: Double
    /// The seconds over which what is made comes in at its beginning and goes out at its end, 0...3600; the sound itself is not faded.
    public let fade: Double
    /// How far what is made goes from the passages that fit best: 0 takes them as they are, 1 makes it from nothing.
    ///
    /// nil for the strength that the model was found to be best with; with a prompt that is 1.
    public private(set) var strength: Double?
    /// A description of what shall be heard.
    public var condition: Condition
    /// The settings of how the edit is made.
    public var settings: Settings

    /// A request to go on with a sound.
    /// - Parameters:
    ///   - before: the seconds before its beginning, 0...3600.
    ///   - after: the seconds after its end, 0...3600.
    ///   - fade: the seconds over which what is made comes in and goes out, 0...3600.
    ///   - strength: how far it goes from the passages that fit best, 0...1; nil to leave it to the model.
    ///   - condition: a description of what shall be heard.
    ///   - settings: how the edit is made; nil for the job's defaults.
    /// - Throws: `EditingError.setting` for a value out of its range.
    public init(
        before: Double = 0, after: Double = 0, fade: Double = 0, strength: Double? = nil,
        condition: Condition = Condition(), settings: Settings? = nil
    ) throws(EditingError) {
        self.before = before
        self.after = after
        self.fade = fade
        self.strength = strength
        self.condition = condition
        self.settings = try .given(settings, for: Self.self, condition)
        try EditingError.demand((0...3600).contains(before), .before, "0 to 3600 seconds", before)
        try EditingError.demand((0...3600).contains(after), .after, "0 to 3600 seconds", after)
        try EditingError.demand((0...3600).contains(fade), .fade, "0 to 3600 seconds", fade)
        try EditingError.check(strength: strength)
    }

    /// Reads the job as JSON has it; what is left out has the job's default.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let condition = try values.condition(.condition)
        try self.init(
            before: values.decodeIfPresent(Double.self, forKey: .before) ?? 0,
            after: values.decodeIfPresent(Double.self, forKey: .after) ?? 0,
            fade: values.decodeIfPresent(Double.self, forKey: .fade) ?? 0,
            strength: values.decodeIfPresent(Double.self, forKey: .strength),
            condition: condition,
            settings: values.settings(.settings, for: Self.self, condition))
    }

    /// Fills in the strength, if it was left to the model.
    public func completed(for model: ModelTraits) -> Extend {
        var result = self
        result.strength = strength ?? (condition.isOpen ? model.inpaintStrength : 1)
        return result
    }

    /// The plan to make what lies beyond the ends.
    public func plan(for source: (any SoundSource)?) -> EditPlan {
        .extended(
            ExtensionPlan(before: before, after: after, fade: fade, strength: strength ?? 1, seed: settings.seed))
    }
}
