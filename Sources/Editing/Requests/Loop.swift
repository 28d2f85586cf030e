public import Core

/// Makes a loop of a sound: its end leads into its beginning. All but the seam stays bit for bit, as far as the output's encoding can hold it.
///
/// The seam lies at the end of the loop and is filled from both of its sides, the sound's end before it and the sound's beginning after it.
public struct Loop: EditRequest {
    /// The word for the job in JSON.
    public static let job = "loop"
    /// The defaults of jobs that follow the sound around them.
    public static let defaults = SamplingDefaults.surrounded

    /// The length of the loop in seconds, 0.1...3600; nil for the sound's own. A longer one has so much longer a seam.
    public let length: Double?
    /// The length of the seam in seconds, 0.01...60; nil for 1, or a quarter of a loop that is shorter than 4.
    public let seam: Double?
    /// How far the seam goes from the passage that fits best: 0 takes it as it is, 1 makes it from nothing.
    ///
    /// nil for the strength that the model was found to be best with; with a prompt that is 1.
    public private(set) var strength: Double?
    /// A description of what shall be heard in the seam.
    public var condition: Condition
    /// The settings of how the edit is made.
    public var settings: Settings

    /// A request to make a loop.
    /// - Parameters:
    ///   - length: the length of the loop in seconds, 0.1...3600; nil for the sound's own.
    ///   - seam: the length of the seam in seconds, 0.01...60; nil for 1, or a quarter of a short loop.
    ///   - strength: how far the seam goes from the passage that fits best, 0...1; nil to leave it to the model.
    ///   - condition: a description of what shall be heard in the seam.
    ///   - settings: how the edit is made; nil for the job's defaults.
    /// - Throws: `EditingError.setting` for a value out of its range.
    public init(
        length: Double? = nil, seam: Double? = nil, strength: Double? = nil, condition: Condition = Condition(),
        settings: Settings? = nil
    ) throws(EditingError) {
        self.length = length
        self.seam = seam
        self.strength = strength
        self.condition = condition
        self.settings = try .given(settings, for: Self.self, condition)
        if let length { try EditingError.demand((0.1...3600).contains(length), .length, "0.1 to 3600 seconds", length) }
        if let seam { try EditingError.demand((0.01...60).contains(seam), .seam, "0.01 to 60 seconds", seam) }
        try EditingError.check(strength: strength)
    }

    /// Reads the job as JSON has it; what is left out has the job's default.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let condition = try values.condition(.condition)
        try self.init(
            length: values.decodeIfPresent(Double.self, forKey: .length),
            seam: values.decodeIfPresent(Double.self, forKey: .seam),
            strength: values.decodeIfPresent(Double.self, forKey: .strength),
            condition: condition,
            settings: values.settings(.settings, for: Self.self, condition))
    }

    /// Fills in the strength, if it was left to the model.
    public func completed(for model: ModelTraits) -> Loop {
        var result = self
        result.strength = strength ?? (condition.isOpen ? model.inpaintStrength : 1)
        return result
    }

    /// The plan to make the seam.
    /// - Throws: `EditingError.setting` for a seam that leaves nothing of the sound.
    public func plan(for source: (any SoundSource)?) throws -> EditPlan {
        let length = length ?? source?.duration ?? 1
        let seam = seam ?? min(1, length / 4)
        try EditingError.demand(seam < length, .seam, "less than the loop's \(length) seconds", seam)
        return .loop(
            LoopPlan(length: self.length, seam: seam, strength: strength ?? 1, seed: settings.seed))
    }
}
