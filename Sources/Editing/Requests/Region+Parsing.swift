internal import Foundation

/// Regions in words: `START-END`, each time in seconds or as `m:ss` or `h:mm:ss`, with decimals where they are wanted
/// (`2.5-3`, `1:02.5-1:03.75`, `1:00:00-1:00:07.25`).
extension Region: CustomStringConvertible {
    /// Reads a region from words, `START-END`; nil for what is not of that form. Whether the end comes after the start
    /// is for the job to say.
    public init?(_ text: String) {
        let times = text.split(separator: "-", omittingEmptySubsequences: false).map { Self.seconds($0) }
        guard times.count == 2, let start = times[0], let end = times[1], start.isFinite, end.isFinite else {
            return nil
        }
        self.init(start: start, end: end)
    }

    /// The region in words, in seconds to the microsecond, as it can be read again.
    public var description: String { "\(Self.text(start))-\(Self.text(end))" }

    private static func text(_ seconds: Double) -> String {
        var text = String(format: "%.6f", seconds)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    /// The seconds that a time stands for.
    private static func seconds(_ text: Substring) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let last = parts.last else { return nil }
        guard let first = last.first, first.isASCIIDigit, last.allSatisfy({ $0.isASCIIDigit || $0 == "." }),
            var sum = Double(last), parts.count == 1 || sum < 60
        else { return nil }
        for (index, part) in parts.dropLast().reversed().enumerated() {
            guard part.allSatisfy(\.isASCIIDigit), let value = Double(part) else { return nil }
            // Only the first part may be above 59: 90:00 is an hour and a half.
            guard value < 60 || index == parts.count - 2 else { return nil }
            sum += value * (index == 0 ? 60 : 3600)
        }
        return sum
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
