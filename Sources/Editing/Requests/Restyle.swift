public import Core

/// Draws a sound, or regions of it, towards a prompt.
public struct Restyle: EditRequest {
    public static let job = "restyle"
    public static let defaults = SamplingDefaults.prompted

    /// How far a sound is drawn, unless it is said otherwise.
    public static let defaultStrength = 0.5

    /// From 0, the source as it is, to 1, a new sound of the same length.
    public let strength: Double
    /// Where; none for everywhere.
    public let regions: [Region]
    public var condition: Condition
    public var settings: Settings

    /// - Throws: `EditingError` for a region that is reversed or a strength outside 0...1.
    public init(
        strength: Double = Self.defaultStrength, regions: [Region] = [], condition: Condition, settings: Settings? = nil
    ) throws(EditingError) {
        self.strength = strength
        self.regions = regions
        self.condition = condition
        self.settings = try .given(settings, for: Self.self)
        for region in regions { try region.check() }
        try EditingError.check(strength: strength)
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            strength: values.decodeIfPresent(Double.self, forKey: .strength) ?? Self.defaultStrength,
            regions: values.decodeIfPresent([Region].self, forKey: .regions) ?? [],
            condition: values.condition(.condition),
            settings: values.settings(.settings, for: Self.self))
    }

    public func plan(for source: (any SoundSource)?) throws -> EditPlan {
        // At strength 1 nothing of what is in the regions shall be heard, not even by what the encoder sees beyond their edges.
        let start: any StartingPoint = strength < 1 ? SourceStart() : LineStart()
        return .regions(RegionPlan(regions, strength: strength, start: start, image: .ofSource))
    }
}
