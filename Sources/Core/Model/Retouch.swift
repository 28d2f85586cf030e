/// Facts about the whole of Retouch.
public enum Retouch {
    /// The version, as `CHANGELOG.md` counts.
    public static let version = "0.2.0"
}
