public import Core

/// Makes a stretch of a sound anew by any map of strengths over time and frequency: the act of which all other edits are special cases.
///
/// The map lies over the region from its start to its end and over the model's mel bands from the lowest to the highest. Cells of
/// strength 0 keep what is there, 1 makes it from nothing, in between the sound is noised to that level and denoised from there.
public struct Remake: EditRequest {
    public static let job = "remake"
    public static let defaults = SamplingDefaults.prompted

    /// Where the map lies; nil: over the whole sound.
    public let region: Region?
    /// Any number of frames and bins: the cell of the map is taken in which the middle of a latent cell lies.
    public let map: StrengthMap
    public var condition: Condition
    public var settings: Settings

    /// - Throws: `EditingError` for a region that is reversed.
    public init(
        map: StrengthMap, region: Region? = nil, condition: Condition = Condition(), settings: Settings? = nil
    ) throws(EditingError) {
        self.map = map
        self.region = region
        self.condition = condition
        self.settings = try .given(settings, for: Self.self)
        try region?.check()
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            map: values.decode(StrengthMap.self, forKey: .map),
            region: values.decodeIfPresent(Region.self, forKey: .region),
            condition: values.condition(.condition),
            settings: values.settings(.settings, for: Self.self))
    }

    public func plan(for source: (any SoundSource)?) -> EditPlan {
        .regions(RegionPlan(region.map { [$0] } ?? [], map: map, start: SourceStart(), image: .ofSource))
    }
}
