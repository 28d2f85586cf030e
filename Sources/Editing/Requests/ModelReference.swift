public import Core

/// Which model makes a sound, so that the same one can be found again.
public struct ModelReference: Sendable, Codable, Equatable {
    /// The model's folder; "default" for the bundled model.
    public var name: String
    /// The SHA-256 of the model's content, as `Model.contentHash` has it; nil: whatever is there under the name.
    public var sha256: String?
    /// How many attention heads the network has.
    public var heads: HeadRule
    /// The model whose vocoder is used; nil for the model's own.
    public var vocoder: Vocoder?

    /// The model whose vocoder is used instead of the model's own.
    public struct Vocoder: Sendable, Codable, Equatable {
        /// The model's folder; "default" for the bundled model.
        public var name: String
        /// The SHA-256 of that model's content.
        public var sha256: String?

        public init(name: String, sha256: String? = nil) {
            self.name = name
            self.sha256 = sha256
        }
    }

    public init(name: String, sha256: String? = nil, heads: HeadRule = .config, vocoder: Vocoder? = nil) {
        self.name = name
        self.sha256 = sha256
        self.heads = heads
        self.vocoder = vocoder
    }

    /// The name of the model that comes with the program.
    public static let bundledName = "default"
}
