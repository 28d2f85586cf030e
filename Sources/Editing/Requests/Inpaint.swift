public import Core

/// Fills regions of a sound anew, from what is around them and, if there is one, the prompt.
///
/// A fill begins with the passage of its surroundings that fits best and is changed by `strength`: so tones and rhythms go on. Where no
/// passage is as long as the region, it is made from nothing. Everything outside the regions stays bit for bit, as far as the output's
/// encoding can hold it.
public struct Inpaint: EditRequest {
    public static let job = "inpaint"
    public static let defaults = SamplingDefaults.surrounded

    /// Within the sound, at least one; those that touch or overlap count as one.
    public let regions: [Region]
    /// From 0, the passage that fits best as it is, to 1, made from nothing. nil: as the model was found to be best; with a prompt 1.
    public private(set) var strength: Double?
    public var condition: Condition
    public var settings: Settings

    /// - Throws: `EditingError` for no regions, one that is reversed, or a strength outside 0...1.
    public init(
        regions: [Region], strength: Double? = nil, condition: Condition = Condition(), settings: Settings? = nil
    ) throws(EditingError) {
        self.regions = regions
        self.strength = strength
        self.condition = condition
        self.settings = try .given(settings, for: Self.self)
        if regions.isEmpty { throw .noRegions }
        for region in regions { try region.check() }
        try EditingError.check(strength: strength)
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            regions: values.decode([Region].self, forKey: .regions),
            strength: values.decodeIfPresent(Double.self, forKey: .strength),
            condition: values.condition(.condition),
            settings: values.settings(.settings, for: Self.self))
    }

    public func completed(for model: ModelTraits) -> Inpaint {
        var result = self
        result.strength = strength ?? (condition.prompt == nil ? model.inpaintStrength : 1)
        return result
    }

    public func plan(for source: (any SoundSource)?) throws -> EditPlan {
        let strength = strength ?? 1
        let start: any StartingPoint = strength < 1 ? NearestPassageStart() : LineStart()
        return .regions(
            RegionPlan(regions, strength: strength, start: start, needsSurroundings: condition.prompt == nil))
    }
}
