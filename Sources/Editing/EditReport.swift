public import Core

/// What an edit did, and the figures by which to judge it.
public struct EditReport: Sendable {
    /// Time spent in one kind of work.
    public struct Stage: Sendable, Codable, Equatable {
        /// The kind of work, such as "denoise".
        public let name: String
        /// The time that it took, in seconds.
        public let seconds: Double
    }

    /// The figures of one edited region.
    public struct Edit: Sendable, Codable, Equatable {
        /// The region that was edited.
        public let region: Region
        /// The level inside against that of the surroundings, in dB; nil where either is silent.
        public let levelDifference: Double?
        /// The largest step from sample to sample at the region's edges against the largest one in the surroundings, in dB:
        /// below 0 there is no click. nil at the ends of a sound.
        public let seam: Double?
        /// By how many dB the loudest moments were lowered, at most, so as to stay below the source's own peak and what the encoding holds; nil
        /// where they did.
        public internal(set) var peakReduction: Double? = nil
        /// What the fill started from; nil for a job that starts from the source.
        public let start: FillStart?
        /// The share of the region's energy that both of its sides foretold, 0...1; nil where nobody asked them.
        public let foretold: Double?
        /// What was measured of the samples that were written; nil for a take of which none were kept.
        public internal(set) var figures: Figures? = nil
    }

    /// What was measured of samples that were made.
    public struct Figures: Sendable, Codable, Equatable {
        /// The mean level in dB against full scale, without an offset; nil for silence.
        public let level: Double?
        /// The same of up to 2 s before; nil for silence, and where nothing is before.
        public let levelBefore: Double?
        /// The same of up to 2 s after; nil for silence, and where nothing comes after.
        public let levelAfter: Double?
        /// The largest sample, by its amount, in dB against full scale; nil for silence.
        public let peak: Double?
        /// The largest step from sample to sample at the first edge against the largest one beside it, in dB, as ``Edit/seam`` is; nil at the
        /// start of a sound.
        public let seamAtStart: Double?
        /// The same at the last edge; nil at the end of a sound.
        public let seamAtEnd: Double?
        /// The mean absolute difference from what was there before, in dB, of the levels in thirds of octaves; nil where the edit does not start
        /// from what was there.
        public let distance: Double?
        /// How like the prompt the beginning of it is, by the model's audio tower: the cosine, -1...1; nil without a prompt, and for a model that
        /// cannot hear.
        public let similarity: Double?
    }

    /// What a model's memory made of a prompt.
    public struct Remembered: Sendable, Codable, Equatable {
        /// The prompt, or the negative prompt.
        public let prompt: String
        /// The captions whose sounds it was taken to mean, with their shares, the greatest first; none where nothing
        /// in the memory is near, so that the text tower alone says what it means.
        public let captions: [Memory.Neighbour]
    }

    /// The request that was done, with everything filled in that was left to the model.
    public let request: any EditRequest
    /// What the result is called in messages; nil for one in memory.
    public let output: String?
    /// The length of the result in seconds.
    public let duration: Double
    /// The sampling rate of the result in Hz.
    public let rate: Int
    /// The number of channels of the result.
    public let channels: Int
    /// The container and the encoding of the result, such as "WAV, 16-bit PCM".
    public let format: String
    /// Whether every sample outside the regions is the source's, bit for bit. nil where nothing of a source is to be kept.
    public let isIdenticalOutside: Bool?
    /// The figures of each region, in the order of time; none for a job without regions.
    public let edits: [Edit]
    /// What was measured of the whole result; nil for a job with regions.
    public let figures: Figures?
    /// The frequency above which sound was made, in Hz, where the job has one.
    public let cutoff: Double?
    /// What the model's memory made of the prompts, in the order prompt, negative prompt; none for a model without a memory.
    public let remembered: [Remembered]
    /// The time that each kind of work took.
    public let stages: [Stage]
    /// How often the diffusion network was run; with guidance a run counts once for both of its halves.
    public let networkCalls: Int
    /// The time that the whole edit took, in seconds.
    public let seconds: Double
    /// Facts that the user should know, one sentence each.
    public let notes: [String]
}
