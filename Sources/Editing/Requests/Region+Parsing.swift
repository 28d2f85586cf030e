internal import Foundation

/// Regions in words: `START-END`, each time in seconds or as `m:ss` or `h:mm:ss`, with decimals where they are wanted
/// (`2.5-3`, `1:02.5-1:03.75`, `1:00:00-1:00:07.25`), or in milliseconds (`500ms-750ms`).
extension Region: CustomStringConvertible {
    /// Reads a region from words, `START-END`; nil for what is not of that form, and for times that only a sound can tell
    /// (see ``TimeSpan``). Whether the end comes after the start is for the job to say.
    public init?(_ text: String) {
        guard let region = TimeSpan(text)?.region else { return nil }
        self = region
    }

    /// The region in words, in seconds to the microsecond, as it can be read again.
    public var description: String { "\(Self.text(start))-\(Self.text(end))" }

    private static func text(_ seconds: Double) -> String {
        var text = String(format: "%.6f", seconds)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
