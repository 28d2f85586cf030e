public import Core

/// Draws a sound, or regions of it, towards a prompt.
public struct Restyle: EditRequest {
    /// The word for the job in JSON.
    public static let job = "restyle"
    /// The defaults of jobs that follow a prompt.
    public static let defaults = SamplingDefaults.prompted

    /// How far a sound is drawn towards the prompt, unless the request says otherwise.
    public static let defaultStrength = 0.5

    /// How far the sound is drawn towards the prompt: 0 keeps the source as it is, 1 makes a new sound of the same
    /// length.
    public let strength: Double
    /// The regions and rectangles that change; none for everywhere.
    public let regions: [Region]
    /// How far what is made goes over into the source at the regions' edges; nil for as little as is not heard.
    public let feather: Feather?
    /// A description of what shall be heard.
    public var condition: Condition
    /// The settings of how the edit is made.
    public var settings: Settings

    /// A request to draw a sound towards a prompt.
    /// - Parameters:
    ///   - strength: how far the sound is drawn towards the prompt, 0...1.
    ///   - regions: the regions and rectangles that change; none for everywhere.
    ///   - feather: how far what is made goes over into the source at their edges; nil for as little as is not heard.
    ///   - condition: a description of what shall be heard.
    ///   - settings: how the edit is made; nil for the job's defaults.
    /// - Throws: `EditingError` for a region that is reversed or a strength outside 0...1.
    public init(
        strength: Double = Self.defaultStrength, regions: [Region] = [], feather: Feather? = nil, condition: Condition,
        settings: Settings? = nil
    ) throws(EditingError) {
        self.strength = strength
        self.regions = regions
        self.feather = feather
        self.condition = condition
        self.settings = try .given(settings, for: Self.self)
        for region in regions { try region.check() }
        try EditingError.check(strength: strength)
    }

    /// Reads the job as JSON has it; what is left out has the job's default.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            strength: values.decodeIfPresent(Double.self, forKey: .strength) ?? Self.defaultStrength,
            regions: values.decodeIfPresent([Region].self, forKey: .regions) ?? [],
            feather: values.decodeIfPresent(Feather.self, forKey: .feather),
            condition: values.condition(.condition),
            settings: values.settings(.settings, for: Self.self))
    }

    /// The plan to change the regions equally far, from the source as it is.
    public func plan(for source: (any SoundSource)?) throws -> EditPlan {
        // At strength 1 nothing of what is in the regions shall be heard, not even by what the encoder sees beyond their edges.
        let start: any StartingPoint = strength < 1 ? SourceStart() : LineStart()
        return .regions(RegionPlan(regions, strength: strength, start: start, image: .ofSource, feather: feather))
    }
}
