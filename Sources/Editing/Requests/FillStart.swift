/// What a fill starts from.
public enum FillStart: String, Sendable, Codable, CaseIterable {
    /// What both sides foretell, and for the rest the passage that fits best; with a prompt, or at strength 1, nothing.
    case auto
    /// What both sides foretell, and for the rest noise of the same colour: the model is left out.
    case prediction
    /// The passage of the surroundings that fits best.
    case passage
    /// Nothing: a straight line leads from one side to the other, and all is made by the model.
    case line
}
