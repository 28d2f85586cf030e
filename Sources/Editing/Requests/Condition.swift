/// What shall be heard, and what shall not.
public struct Condition: Sendable, Codable, Equatable {
    /// A description of what shall be heard; nil for what the surroundings of the edit say.
    public var prompt: String?
    /// A description of what shall not be heard; it matters only with guidance other than 1. nil for nothing in
    /// particular.
    public var negativePrompt: String?
    /// Whether descriptions are looked up in the model's memory of sounds, where it has one; else the text tower alone
    /// says what they mean.
    public var usesMemory: Bool

    /// A condition; without a prompt the surroundings of the edit say what shall be heard.
    /// - Parameters:
    ///   - prompt: a description of what shall be heard.
    ///   - negativePrompt: a description of what shall not be heard.
    ///   - usesMemory: whether descriptions are looked up in the model's memory of sounds.
    public init(prompt: String? = nil, negativePrompt: String? = nil, usesMemory: Bool = true) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.usesMemory = usesMemory
    }

    private enum CodingKeys: String, CodingKey {
        case prompt
        case negativePrompt = "negative_prompt"
        case usesMemory = "memory"
    }

    /// Reads a condition as JSON has it; what is left out has its default.
    /// - Throws: `DecodingError` for a value of another kind.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        prompt = try values.decodeIfPresent(String.self, forKey: .prompt)
        negativePrompt = try values.decodeIfPresent(String.self, forKey: .negativePrompt)
        usesMemory = try values.decodeIfPresent(Bool.self, forKey: .usesMemory) ?? true
    }
}
