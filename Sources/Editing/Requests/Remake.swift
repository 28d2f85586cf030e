public import Core

/// Makes a stretch of a sound anew by any map of strengths over time and frequency: the act of which all other edits are special cases.
///
/// The map lies over the region from its start to its end and over the model's mel bands from the lowest to the highest. Cells of
/// strength 0 keep what is there, 1 makes it from nothing, in between the sound is noised to that level and denoised from there.
public struct Remake: EditRequest {
    /// The word for the job in JSON.
    public static let job = "remake"
    /// The defaults of jobs that follow a prompt.
    public static let defaults = SamplingDefaults.prompted

    /// The region that the map lies over; nil for the whole sound.
    public let region: Region?
    /// How far each cell changes. It may have any number of frames and bins: for each latent cell the cell of the map
    /// is taken in which its middle lies.
    public let map: StrengthMap
    /// A description of what shall be heard.
    public var condition: Condition
    /// The settings of how the edit is made.
    public var settings: Settings

    /// A request to change a sound by a map.
    /// - Parameters:
    ///   - map: how far each cell changes.
    ///   - region: the region that the map lies over; nil for the whole sound.
    ///   - condition: a description of what shall be heard.
    ///   - settings: how the edit is made; nil for the job's defaults.
    /// - Throws: `EditingError` for a region that is reversed.
    public init(
        map: StrengthMap, region: Region? = nil, condition: Condition = Condition(), settings: Settings? = nil
    ) throws(EditingError) {
        self.map = map
        self.region = region
        self.condition = condition
        self.settings = try .given(settings, for: Self.self, condition)
        try region?.check()
    }

    /// Reads the job as JSON has it; what is left out has the job's default.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let condition = try values.condition(.condition)
        try self.init(
            map: values.decode(StrengthMap.self, forKey: .map),
            region: values.decodeIfPresent(Region.self, forKey: .region),
            condition: condition,
            settings: values.settings(.settings, for: Self.self, condition))
    }

    /// The plan to change the region as far as the map says, from the source as it is.
    public func plan(for source: (any SoundSource)?) -> EditPlan {
        .regions(RegionPlan(region.map { [$0] } ?? [], map: map, start: SourceStart(), image: .ofSource))
    }
}
