/// What of a source stays where a sound is restyled, whatever the strength.
public enum Kept: String, Sendable, Codable, CaseIterable {
    /// Its loudness from moment to moment.
    case dynamics
    /// Its level as a whole.
    case none
}
