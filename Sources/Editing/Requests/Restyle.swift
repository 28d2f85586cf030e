public import Core
internal import Foundation

/// Draws a sound, or regions of it, towards a prompt.
public struct Restyle: EditRequest {
    /// The word for the job in JSON.
    public static let job = "restyle"
    /// The defaults of jobs that draw a sound towards a prompt.
    public static let defaults = SamplingDefaults.drawn

    /// How far a sound is drawn towards the prompt, unless the request says otherwise.
    public static let defaultStrength = 0.5

    /// How far the sound is drawn towards the prompt: 0 keeps the source as it is, 1 makes a new sound of the same
    /// length.
    public let strength: Double
    /// The regions and rectangles that change; none for everywhere.
    public let regions: [Region]
    /// How far what is made goes over into the source at the regions' edges; nil for as little as is not heard.
    public let feather: Feather?
    /// What of the source stays, whatever the strength.
    public let keep: Kept
    /// How the source is led to the prompt; nil for the way that the model was found to be best with.
    public private(set) var method: DenoisingOptions.Method?
    /// What the source is, for methods that contrast it with what it shall be; nil for what the model's audio tower hears.
    public let sourcePrompt: String?
    /// A description of what shall be heard.
    public var condition: Condition
    /// The settings of how the edit is made.
    public var settings: Settings
    /// How much deeper than its strength says a sound is noised, as the model's traits have it.
    private var depth = 1.0

    /// A request to draw a sound towards a prompt.
    /// - Parameters:
    ///   - strength: how far the sound is drawn towards the prompt, 0...1.
    ///   - regions: the regions and rectangles that change; none for everywhere.
    ///   - feather: how far what is made goes over into the source at their edges; nil for as little as is not heard.
    ///   - keep: what of the source stays.
    ///   - method: how the source is led to the prompt; nil to leave it to the model.
    ///   - sourcePrompt: what the source is; nil for what the model's audio tower hears.
    ///   - condition: a description of what shall be heard.
    ///   - settings: how the edit is made; nil for the job's defaults.
    /// - Throws: `EditingError` for a region that is reversed, a strength outside 0...1, or settings that the method takes no notice of.
    public init(
        strength: Double = Self.defaultStrength, regions: [Region] = [], feather: Feather? = nil,
        keep: Kept = .dynamics, method: DenoisingOptions.Method? = nil, sourcePrompt: String? = nil,
        condition: Condition,
        settings: Settings? = nil
    ) throws(EditingError) {
        self.strength = strength
        self.regions = regions
        self.feather = feather
        self.keep = keep
        self.method = method
        self.sourcePrompt = sourcePrompt
        self.condition = condition
        self.settings = try .given(settings, for: Self.self, condition)
        for region in regions { try region.check() }
        try EditingError.check(strength: strength)
        try EditingError.demand(
            method == nil || method == .noise || !isForNoise, .method,
            "noise with passes above 1 or an eta above 0", method?.rawValue ?? "")
    }

    /// Whether the settings are those of one method alone.
    private var isForNoise: Bool { settings.passes > 1 || settings.eta > 0 }

    /// Reads the job as JSON has it; what is left out has the job's default.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let condition = try values.condition(.condition)
        try self.init(
            strength: values.decodeIfPresent(Double.self, forKey: .strength) ?? Self.defaultStrength,
            regions: values.decodeIfPresent([Region].self, forKey: .regions) ?? [],
            feather: values.decodeIfPresent(Feather.self, forKey: .feather),
            keep: values.decodeIfPresent(Kept.self, forKey: .keep) ?? .dynamics,
            method: values.decodeIfPresent(DenoisingOptions.Method.self, forKey: .method),
            sourcePrompt: values.decodeIfPresent(String.self, forKey: .sourcePrompt),
            condition: condition,
            settings: values.settings(.settings, for: Self.self, condition))
    }

    enum CodingKeys: String, CodingKey {
        case strength, regions, feather, keep, method, condition, settings
        case sourcePrompt = "source_prompt"
    }

    /// Fills in the method, if it was left to the model. From nothing there is one alone.
    public func completed(for model: ModelTraits) -> Restyle {
        var result = self
        result.method = strength == 1 || isForNoise ? .noise : method ?? model.restyleMethod
        result.depth = model.restyleDepth
        return result
    }

    /// The plan to change the regions equally far, from the source as it is.
    public func plan(for source: (any SoundSource)?) throws -> EditPlan {
        // At strength 1 nothing of what is in the regions shall be heard, not even by what the encoder sees beyond their edges.
        let start: any StartingPoint = strength < 1 ? SourceStart() : LineStart()
        let deep = 1 - pow(1 - strength, depth)
        var plan = RegionPlan(regions, strength: deep, start: start, image: .ofSource, feather: feather)
        plan.restyling = RegionPlan.Restyling(method ?? .noise, kept: keep, sourcePrompt: sourcePrompt)
        return .regions(plan)
    }
}
