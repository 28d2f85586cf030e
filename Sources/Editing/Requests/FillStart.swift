/// What a fill starts from.
public enum FillStart: String, Sendable, Codable, CaseIterable {
    /// What both sides foretell, and for the rest the passage that fits best; of a narrow rectangle what lies beside it; with a
    /// prompt, or at strength 1, nothing.
    case auto
    /// What both sides foretell, and for the rest noise of the same colour: the model is left out.
    case prediction
    /// The passage of the surroundings that fits best.
    case passage
    /// Of rectangles: what the frequencies right below and above them have at each moment.
    case beside
    /// Nothing: a straight line leads from one side to the other, and all is made by the model.
    case line
}
