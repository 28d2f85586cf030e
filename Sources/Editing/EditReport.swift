/// What an edit did, and the figures by which to judge it.
public struct EditReport: Sendable {
    /// Time spent in one kind of work.
    public struct Stage: Sendable, Codable, Equatable {
        public let name: String
        public let seconds: Double
    }

    /// The figures of one edited region.
    public struct Edit: Sendable, Codable, Equatable {
        public let region: Region
        /// The level inside against that of the surroundings, in dB; nil where either is silent.
        public let levelDifference: Double?
        /// The largest step from sample to sample at the region's edges against the largest one in the surroundings, in dB:
        /// below 0 there is no click. nil at the ends of a sound.
        public let seam: Double?
    }

    /// What was done, with everything filled in that was left to the model.
    public let request: any EditRequest
    /// What the result is called in messages; nil for one in memory.
    public let output: String?
    /// Seconds.
    public let duration: Double
    /// Hz.
    public let rate: Int
    public let channels: Int
    /// Such as "WAV, 16-bit PCM".
    public let format: String
    /// Whether every sample outside the regions is the source's, bit for bit. nil where nothing of a source is to be kept.
    public let isIdenticalOutside: Bool?
    public let edits: [Edit]
    /// The frequency above which sound was made, in Hz, where the job has one.
    public let cutoff: Double?
    public let stages: [Stage]
    /// How often the diffusion network was run; with guidance a run counts once for both of its halves.
    public let networkCalls: Int
    /// Of the whole edit.
    public let seconds: Double
    /// What the user should know, one sentence each.
    public let notes: [String]
}
