/// Where a model's weights come from, as the recipe that trained them notes it: the optional `provenance.json` in the model's folder.
public struct ModelProvenance: Sendable, Decodable, Equatable {
    /// The training of one part.
    public struct Part: Sendable, Decodable, Equatable {
        /// The stage of the recipe that trained the part.
        public let stage: String
        /// Training steps.
        public let steps: Int
        /// The SHA-256 of the weights that training started from, or that were averaged in; nil for a part that was trained from nothing.
        public let parent: String?
    }

    /// What the parts were trained on.
    public struct TrainingData: Sendable, Decodable, Equatable {
        /// How many clips.
        public let clips: Int
        /// How long they are in all.
        public let hours: Double
        /// Of the table that names the clips.
        public let sha256: String
    }

    /// The recipe's place in the project.
    public let recipe: String
    /// What the parts were trained on.
    public let data: TrainingData
    /// By the folders of the parts.
    public let parts: [String: Part]
}

extension Model {
    /// Where the weights come from; nil for a model that does not say.
    /// - Throws: an error that names the file and the key that do not fit.
    public func provenance() throws(CheckpointError) -> ModelProvenance? {
        try files.loadIfPresent("provenance.json")
    }
}
