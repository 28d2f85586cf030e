/// Example sounds that say what shall be heard, instead of words or together with them: "like that".
public struct Likeness: Sendable, Codable, Equatable {
    /// A sound file, or a folder of them.
    public struct Example: Sendable, Codable, Equatable {
        /// The path of the file or the folder.
        public var name: String
        /// The SHA-256 of the file, or of all sounds of the folder, in 64 hexadecimal digits; nil for whatever is there under the name.
        public var sha256: String?

        /// An example by its name and its content.
        /// - Parameters:
        ///   - name: the path of the file or the folder.
        ///   - sha256: the hash of its content; nil for whatever is there.
        public init(name: String, sha256: String? = nil) {
            self.name = name
            self.sha256 = sha256
        }
    }

    /// The share of the examples beside a prompt, unless the request says otherwise.
    public static let defaultWeight = 0.5

    /// The examples, at least one. Of a folder those count that are nearest to the prompt, without one all.
    public internal(set) var sounds: [Example]
    /// The share that the examples have beside a prompt, 0...1; without a prompt they are alone.
    public let weight: Double

    /// Examples of what shall be heard.
    /// - Parameters:
    ///   - sounds: the examples, at least one.
    ///   - weight: their share beside a prompt, 0...1.
    /// - Throws: `EditingError` for no examples, or a weight out of its range.
    public init(_ sounds: [Example], weight: Double = Self.defaultWeight) throws(EditingError) {
        self.sounds = sounds
        self.weight = weight
        if sounds.isEmpty { throw .noExamples(folder: nil) }
        try EditingError.demand((0...1).contains(weight), .exampleWeight, "0 to 1", weight)
    }

    /// Reads the examples as JSON has them.
    /// - Throws: `EditingError` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            values.decode([Example].self, forKey: .sounds),
            weight: values.decodeIfPresent(Double.self, forKey: .weight) ?? Self.defaultWeight)
    }
}
