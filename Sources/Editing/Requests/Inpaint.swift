public import Core

/// Fills regions of a sound anew, from what is around them and, if there is one, the prompt.
///
/// What both sides of a region foretell goes on in it: a short gap is little else. The rest begins with the passage of the surroundings that
/// fits best and is changed by `strength`: so rhythms go on. Where no passage is as long as the region, it is made from nothing. Everything
/// outside the regions stays bit for bit, as far as the output's encoding can hold it.
public struct Inpaint: EditRequest {
    /// The word for the job in JSON.
    public static let job = "inpaint"
    /// The defaults of jobs that follow the sound around them.
    public static let defaults = SamplingDefaults.surrounded

    /// The regions and rectangles to fill, at least one, within the sound; regions that touch or overlap count as one.
    public let regions: [Region]
    /// How far a fill goes from the passage that fits best: 0 takes it as it is, 1 makes the fill from nothing.
    ///
    /// nil for the strength that the model was found to be best with; with a prompt that is 1.
    public private(set) var strength: Double?
    /// What a fill starts from.
    public let start: FillStart
    /// Whether what is made lies no nearer to zero than what was there: the regions are peaks that were cut off.
    public let isBeyondSource: Bool
    /// How far fills go over into the source at their edges; nil for as little as is not heard.
    public let feather: Feather?
    /// A description of what shall be heard.
    public var condition: Condition
    /// The settings of how the edit is made.
    public var settings: Settings

    /// A request to fill regions.
    /// - Parameters:
    ///   - regions: the regions to fill, at least one.
    ///   - strength: how far a fill goes from the passage that fits best, 0...1; nil to leave it to the model.
    ///   - start: what a fill starts from.
    ///   - isBeyondSource: whether what is made lies no nearer to zero than what was there; of regions made by prediction.
    ///   - feather: how far fills go over into the source at their edges; nil for as little as is not heard.
    ///   - condition: a description of what shall be heard.
    ///   - settings: how the edit is made; nil for the job's defaults.
    /// - Throws: `EditingError` for no regions, one that is reversed, a strength outside 0...1, or a prompt or a strength that the
    ///   start takes no notice of.
    public init(
        regions: [Region], strength: Double? = nil, start: FillStart = .auto, isBeyondSource: Bool = false,
        feather: Feather? = nil, condition: Condition = Condition(), settings: Settings? = nil
    ) throws(EditingError) {
        self.regions = regions
        self.strength = strength
        self.start = start
        self.isBeyondSource = isBeyondSource
        self.feather = feather
        self.condition = condition
        self.settings = try .given(settings, for: Self.self, condition)
        if regions.isEmpty { throw .noRegions }
        for region in regions { try region.check() }
        try EditingError.check(strength: strength)
        try EditingError.demand(
            start != .prediction || condition.isOpen, .start, "auto, passage or line with a prompt",
            start.rawValue)
        try EditingError.demand(
            start != .prediction || strength == nil, .strength, "none with the start prediction", strength ?? 0)
        try EditingError.demand(
            !isBeyondSource || start == .prediction, .start, "prediction where peaks are restored", start.rawValue)
        try EditingError.demand(
            start != .beside || regions.allSatisfy { $0.band != nil }, .start,
            "auto, prediction, passage or line for a region of all frequencies", start.rawValue)
        try EditingError.demand(
            start != .line || strength ?? 1 == 1, .strength, "1 with the start line", strength ?? 1)
    }

    /// Reads the job as JSON has it; what is left out has the job's default.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let condition = try values.condition(.condition)
        try self.init(
            regions: values.decode([Region].self, forKey: .regions),
            strength: values.decodeIfPresent(Double.self, forKey: .strength),
            start: values.decodeIfPresent(FillStart.self, forKey: .start) ?? .auto,
            isBeyondSource: values.decodeIfPresent(Bool.self, forKey: .isBeyondSource) ?? false,
            feather: values.decodeIfPresent(Feather.self, forKey: .feather),
            condition: condition,
            settings: values.settings(.settings, for: Self.self, condition))
    }

    enum CodingKeys: String, CodingKey {
        case regions, strength, start, feather, condition, settings
        case isBeyondSource = "beyond_source"
    }

    /// Fills in the strength, if it was left to the model.
    public func completed(for model: ModelTraits) -> Inpaint {
        var result = self
        switch start {
        case .auto, .passage, .beside:
            result.strength = strength ?? (condition.isOpen ? model.inpaintStrength : 1)
        case .line: result.strength = 1
        case .prediction: break
        }
        return result
    }

    /// The plan to make the regions anew. Without a prompt there has to be something around them.
    public func plan(for source: (any SoundSource)?) throws -> EditPlan {
        let strength = strength ?? 1
        return .regions(
            RegionPlan(
                regions, strength: strength, start: startingPoint(strength),
                needsSurroundings: condition.isOpen, feather: feather))
    }

    private func startingPoint(_ strength: Double) -> any StartingPoint {
        switch start {
        case .prediction: PredictionStart(isAlone: true, isBeyondSource: isBeyondSource)
        case .auto where strength < 1: PredictionStart()
        case .passage where strength < 1: NearestPassageStart()
        case .beside where strength < 1: BesideStart()
        case .auto, .passage, .beside, .line: LineStart()
        }
    }
}
