/// What shall be heard, and what shall not.
public struct Condition: Sendable, Codable, Equatable {
    /// A description of what shall be heard; nil for what the surroundings of the edit say.
    public var prompt: String?
    /// A description of what shall not be heard; it matters only with guidance other than 1. nil for nothing in
    /// particular.
    public var negativePrompt: String?
    /// Sounds that say what shall be heard, instead of the prompt or together with it; nil for none.
    public var like: Likeness?
    /// Whether descriptions are looked up in the model's memory of sounds, where it has one; else the text tower alone
    /// says what they mean.
    public var usesMemory: Bool

    /// A condition; without a prompt the surroundings of the edit say what shall be heard.
    /// - Parameters:
    ///   - prompt: a description of what shall be heard.
    ///   - negativePrompt: a description of what shall not be heard.
    ///   - like: sounds that say what shall be heard.
    ///   - usesMemory: whether descriptions are looked up in the model's memory of sounds.
    public init(
        prompt: String? = nil, negativePrompt: String? = nil, like: Likeness? = nil, usesMemory: Bool = true
    ) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.like = like
        self.usesMemory = usesMemory
    }

    private enum CodingKeys: String, CodingKey {
        case prompt, like
        case negativePrompt = "negative_prompt"
        case usesMemory = "memory"
    }

    /// Whether nothing but the surroundings of an edit says what shall be heard.
    public var isOpen: Bool { prompt == nil && like == nil }

    /// Reads a condition as JSON has it; what is left out has its default.
    /// - Throws: `DecodingError` for a value of another kind.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        prompt = try values.decodeIfPresent(String.self, forKey: .prompt)
        like = try values.decodeIfPresent(Likeness.self, forKey: .like)
        negativePrompt = try values.decodeIfPresent(String.self, forKey: .negativePrompt)
        usesMemory = try values.decodeIfPresent(Bool.self, forKey: .usesMemory) ?? true
    }
}
