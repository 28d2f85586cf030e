/// What shall be heard, and what shall not.
public struct Condition: Sendable, Codable, Equatable {
    /// A description of what shall be heard; nil for what the surroundings of the edit say.
    public var prompt: String?
    /// A description of what shall not be heard; it matters only with guidance other than 1. nil for nothing in
    /// particular.
    public var negativePrompt: String?

    /// A condition; without a prompt the surroundings of the edit say what shall be heard.
    /// - Parameters:
    ///   - prompt: a description of what shall be heard.
    ///   - negativePrompt: a description of what shall not be heard.
    public init(prompt: String? = nil, negativePrompt: String? = nil) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
    }

    private enum CodingKeys: String, CodingKey {
        case prompt
        case negativePrompt = "negative_prompt"
    }
}
