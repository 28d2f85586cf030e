public import Core

/// Adds the band that a sound lacks above its cut-off frequency; its own band is kept.
///
/// The band begins with what most likely is there, by the model's band extension, and is changed by `strength`. A model that has none
/// makes the band from nothing.
public struct Upsample: EditRequest {
    /// The word for the job in JSON.
    public static let job = "upsample"
    /// The defaults of jobs that follow the sound around them, in fewer steps: the band has a first version, and more steps than these
    /// bring it no nearer to what was there.
    public static let defaults = SamplingDefaults(steps: 6, guidance: 1, sampler: .ddim)

    /// The frequency above which sound is made, in Hz; nil to find it in the spectrum.
    public private(set) var cutoff: Double?
    /// The rate of the result in Hz, 1000...768000; nil for the model's, or the source's if that is higher.
    public let rate: Int?
    /// How far the band goes from its first version: 0 takes that as it is, 1 makes the band from nothing.
    ///
    /// nil for the strength that the model was found to be best with.
    public private(set) var strength: Double?
    /// Whether holes that a lossy codec left below the cut-off are filled too: cells of time and frequency that have nothing while the
    /// octave below them sounds. nil for not.
    public let holes: Bool?
    /// A description of what shall be heard.
    public var condition: Condition
    /// The settings of how the edit is made.
    public var settings: Settings

    /// A request to add a band.
    /// - Parameters:
    ///   - cutoff: the frequency above which sound is made, in Hz; nil to find it in the spectrum.
    ///   - rate: the rate of the result in Hz, 1000...768000; nil for the model's, or the source's if that is higher.
    ///   - strength: how far the band goes from its first version, 0...1; nil to leave it to the model.
    ///   - holes: whether holes that a lossy codec left below the cut-off are filled too.
    ///   - condition: a description of what shall be heard.
    ///   - settings: how the edit is made; nil for the job's defaults.
    /// - Throws: `EditingError` for a value out of its range.
    public init(
        cutoff: Double? = nil, rate: Int? = nil, strength: Double? = nil, holes: Bool? = nil,
        condition: Condition = Condition(), settings: Settings? = nil
    ) throws(EditingError) {
        self.cutoff = cutoff
        self.rate = rate
        self.strength = strength
        self.holes = holes
        self.condition = condition
        self.settings = try .given(settings, for: Self.self, condition)
        if let cutoff {
            try EditingError.demand(cutoff > 0 && cutoff.isFinite, .cutoff, "a frequency above 0 Hz", cutoff)
        }
        if let rate { try EditingError.demand((1000...768_000).contains(rate), .rate, "1000 to 768000 Hz", rate) }
        try EditingError.check(strength: strength)
    }

    /// Reads the job as JSON has it; what is left out has the job's default.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let condition = try values.condition(.condition)
        try self.init(
            cutoff: values.decodeIfPresent(Double.self, forKey: .cutoff),
            rate: values.decodeIfPresent(Int.self, forKey: .rate),
            strength: values.decodeIfPresent(Double.self, forKey: .strength),
            holes: values.decodeIfPresent(Bool.self, forKey: .holes),
            condition: condition,
            settings: values.settings(.settings, for: Self.self, condition))
    }

    /// Fills in the strength, if it was left to the model.
    public func completed(for model: ModelTraits) -> Upsample {
        var result = self
        result.strength = strength ?? model.upsampleStrength
        return result
    }

    /// The plan to make the band above the cut-off.
    public func plan(for source: (any SoundSource)?) throws -> EditPlan {
        .upperBand(UpperBandPlan(cutoff: cutoff, rate: rate, strength: strength ?? 1, holes: holes ?? false))
    }
}
