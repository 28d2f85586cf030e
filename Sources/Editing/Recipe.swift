public import Foundation

/// All that is needed to do a job again: saved beside its result on request.
public struct Recipe: Sendable, Codable, Equatable {
    public var job: Job
    public var settings: Settings
    /// The model's folder; nil for the bundled one.
    public var model: String?
    public var source: String?
    public var output: String
    /// Of inpainting and restyling.
    public var regions: [Region]
    /// Of inpainting and upsampling (nil: the default) and restyling.
    public var strength: Double?
    /// Of upsampling, in Hz; nil: as found in the source.
    public var cutoff: Double?
    /// Of upsampling, in Hz.
    public var rate: Int?
    /// Of generation, in seconds.
    public var duration: Double?
    /// Of generation; nil: the default.
    public var takes: Int?

    public init(
        job: Job, settings: Settings, model: String? = nil, source: String? = nil, output: String,
        regions: [Region] = [], strength: Double? = nil, cutoff: Double? = nil, rate: Int? = nil,
        duration: Double? = nil, takes: Int? = nil
    ) {
        self.job = job
        self.settings = settings
        self.model = model
        self.source = source
        self.output = output
        self.regions = regions
        self.strength = strength
        self.cutoff = cutoff
        self.rate = rate
        self.duration = duration
        self.takes = takes
    }

    /// Reads what `write(to:)` wrote.
    public init(contentsOf file: URL) throws {
        self = try JSONDecoder().decode(Recipe.self, from: Data(contentsOf: file))
    }

    /// Writes the recipe as JSON with sorted keys.
    public func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: file, options: .atomic)
    }
}
