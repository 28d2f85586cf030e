public import Core

/// A model by its name and its content, so that the same one can be found again.
public struct ModelReference: Sendable, Codable, Equatable {
    /// The model's folder or file; "default" for the bundled model.
    public var name: String
    /// The SHA-256 of the model's content, as `Model.contentHash` has it; nil for whatever is there under the name.
    public var sha256: String?
    /// The rule by which the number of attention heads is found.
    public var heads: HeadRule
    /// The model whose vocoder is used; nil for the model's own.
    public var vocoder: Vocoder?
    /// What the networks' weights are kept as, and multiplied at; nil for 32-bit floats.
    public var precision: Precision?

    /// The model whose vocoder is used instead of the model's own.
    public struct Vocoder: Sendable, Codable, Equatable {
        /// The folder of that model; "default" for the bundled model.
        public var name: String
        /// The SHA-256 of that model's content; nil for whatever is there under the name.
        public var sha256: String?

        /// A reference to the model that a vocoder is taken from.
        /// - Parameters:
        ///   - name: the model's folder.
        ///   - sha256: the hash of its content, in 64 hexadecimal digits.
        public init(name: String, sha256: String? = nil) {
            self.name = name
            self.sha256 = sha256
        }
    }

    /// A reference to a model.
    /// - Parameters:
    ///   - name: the model's folder; ``bundledName`` for the bundled model.
    ///   - sha256: the hash of its content, in 64 hexadecimal digits; nil for whatever is there under the name.
    ///   - heads: the rule by which the number of attention heads is found.
    ///   - vocoder: the model whose vocoder is used; nil for the model's own.
    ///   - precision: what the networks' weights are kept as, and multiplied at.
    public init(
        name: String, sha256: String? = nil, heads: HeadRule = .config, vocoder: Vocoder? = nil,
        precision: Precision = .float32
    ) {
        self.name = name
        self.sha256 = sha256
        self.heads = heads
        self.vocoder = vocoder
        self.precision = precision == .float32 ? nil : precision
    }

    /// The name of the model that comes with the program.
    public static let bundledName = "default"
}
