public import Core

/// Adds the band that a sound lacks above its cut-off frequency; its own band is kept.
///
/// The band begins with what most likely is there, by the model's band extension, and is changed by `strength`. A model that has none
/// makes the band from nothing.
public struct Upsample: EditRequest {
    public static let job = "upsample"
    public static let defaults = SamplingDefaults.surrounded

    /// In Hz; nil: as it is found in the spectrum.
    public private(set) var cutoff: Double?
    /// Of the result, in Hz, 1000...768000; nil: the model's, or the source's if that is higher.
    public let rate: Int?
    /// From 0, the first version as it is, to 1, made from nothing. nil: as the model was found to be best.
    public private(set) var strength: Double?
    public var condition: Condition
    public var settings: Settings

    /// - Throws: `EditingError` for a value out of its range.
    public init(
        cutoff: Double? = nil, rate: Int? = nil, strength: Double? = nil, condition: Condition = Condition(),
        settings: Settings? = nil
    ) throws(EditingError) {
        self.cutoff = cutoff
        self.rate = rate
        self.strength = strength
        self.condition = condition
        self.settings = try .given(settings, for: Self.self)
        if let cutoff {
            try EditingError.demand(cutoff > 0 && cutoff.isFinite, .cutoff, "a frequency above 0 Hz", cutoff)
        }
        if let rate { try EditingError.demand((1000...768_000).contains(rate), .rate, "1000 to 768000 Hz", rate) }
        try EditingError.check(strength: strength)
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            cutoff: values.decodeIfPresent(Double.self, forKey: .cutoff),
            rate: values.decodeIfPresent(Int.self, forKey: .rate),
            strength: values.decodeIfPresent(Double.self, forKey: .strength),
            condition: values.condition(.condition),
            settings: values.settings(.settings, for: Self.self))
    }

    public func completed(for model: ModelTraits) -> Upsample {
        var result = self
        result.strength = strength ?? model.upsampleStrength
        return result
    }

    public func plan(for source: (any SoundSource)?) throws -> EditPlan {
        .upperBand(UpperBandPlan(cutoff: cutoff, rate: rate, strength: strength ?? 1))
    }
}
