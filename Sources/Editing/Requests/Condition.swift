/// What shall be heard, and what not.
public struct Condition: Sendable, Codable, Equatable {
    /// nil: what the surroundings of the edit say.
    public var prompt: String?
    /// Matters only with guidance other than 1.
    public var negativePrompt: String?

    public init(prompt: String? = nil, negativePrompt: String? = nil) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
    }

    private enum CodingKeys: String, CodingKey {
        case prompt
        case negativePrompt = "negative_prompt"
    }
}
