internal import Foundation

/// Regions in words: `START-END`, each time in seconds or as `m:ss` or `h:mm:ss`, with decimals where they are wanted
/// (`2.5-3`, `1:02.5-1:03.75`, `1:00:00-1:00:07.25`), or in milliseconds (`500ms-750ms`); a rectangle has its frequencies
/// in Hz after an `@` (`2.5-3@500-4000`).
extension Region: CustomStringConvertible {
    /// Reads a region from words; nil for what is not of that form, and for times that only a sound can tell
    /// (see ``RegionWords``). Whether the end comes after the start is for the job to say.
    public init?(_ text: String) {
        guard let region = RegionWords(text)?.region, region.start.isFinite, region.end.isFinite else { return nil }
        self = region
    }

    /// The region in words, in seconds to the microsecond and Hz, as it can be read again.
    public var description: String {
        "\(Self.text(start))-\(Self.text(end))" + (band.map { "@\($0)" } ?? "")
    }

    fileprivate static func text(_ value: Double) -> String {
        var text = String(format: "%.6f", value)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}

extension Region.Band: CustomStringConvertible {
    /// Reads `LOW-HIGH` in Hz, either of which may be left out; nil for what is not of that form.
    public init?(_ text: some StringProtocol) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.contains(where: { !$0.isEmpty }) else { return nil }
        func number(_ text: some StringProtocol, otherwise value: Double) -> Double? {
            if text.isEmpty { return value }
            guard text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) else { return nil }
            return Double(text)
        }
        guard let low = number(ends[0], otherwise: 0), let high = number(ends[1], otherwise: .infinity) else {
            return nil
        }
        self.init(low: low, high: high)
    }

    /// The band in words, in Hz, as it can be read again.
    public var description: String { "\(Region.text(low))-" + (high < .infinity ? Region.text(high) : "") }
}

/// A region of a sound whose rate and length are not known yet, as people write it: `START-END` or `START-END@LOW-HIGH`.
public struct RegionWords: Sendable, Hashable {
    /// The time.
    public let span: TimeSpan
    /// The frequencies; nil for all.
    public let band: Region.Band?

    /// Reads a time span as ``TimeSpan`` has it, and after an `@` two frequencies in Hz; nil for what is not of that form.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let span = TimeSpan(String(parts[0])) else { return nil }
        self.span = span
        if parts.count == 2 {
            guard let band = Region.Band(parts[1]) else { return nil }
            self.band = band
        } else {
            band = nil
        }
    }

    /// The region of a sound.
    /// - Parameters:
    ///   - rate: the sound's rate in Hz.
    ///   - frames: the number of the sound's frames.
    public func region(rate: Int, frames: Int) -> Region {
        let times = span.region(rate: rate, frames: frames)
        return Region(start: times.start, end: times.end, band: band)
    }

    /// The region, where it does not depend on the sound.
    public var region: Region? { span.region.map { Region(start: $0.start, end: $0.end, band: band) } }
}
