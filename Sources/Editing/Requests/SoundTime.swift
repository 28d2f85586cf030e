internal import Foundation

/// A place in a sound, as people write it.
///
/// | written | means |
/// |---|---|
/// | `2.5`, `1:02.5`, `1:00:07` | seconds, minutes and seconds, hours, minutes and seconds |
/// | `500ms` | milliseconds |
/// | `44100s` | samples, at the sound's own rate |
/// | `end` | the end of the sound |
/// | `-1.5`, `-500ms`, `-100s` | so long before the end |
public enum SoundTime: Sendable, Hashable {
    /// Seconds from the start of the sound.
    case seconds(Double)
    /// Samples from the start of the sound, at its own rate.
    case samples(Int)
    /// Seconds before the end of the sound.
    case secondsBeforeEnd(Double)
    /// Samples before the end of the sound, at its own rate.
    case samplesBeforeEnd(Int)

    /// Reads a time; nil for what is none.
    public init?(_ text: some StringProtocol) {
        if text == "end" {
            self = .samplesBeforeEnd(0)
            return
        }
        let isBeforeEnd = text.hasPrefix("-")
        let digits = isBeforeEnd ? String(text.dropFirst()) : String(text)
        if digits.hasSuffix("ms") {
            guard let value = Self.decimal(digits.dropLast(2)) else { return nil }
            self = isBeforeEnd ? .secondsBeforeEnd(value / 1000) : .seconds(value / 1000)
        } else if digits.hasSuffix("s") {
            let number = digits.dropLast()
            guard !number.isEmpty, number.allSatisfy(\.isASCIIDigit), let value = Int(number) else { return nil }
            self = isBeforeEnd ? .samplesBeforeEnd(value) : .samples(value)
        } else {
            guard let value = Self.clock(digits[...]) else { return nil }
            self = isBeforeEnd ? .secondsBeforeEnd(value) : .seconds(value)
        }
    }

    /// The time in seconds from the start of a sound.
    /// - Parameters:
    ///   - rate: the sound's rate in Hz.
    ///   - frames: the number of the sound's frames.
    public func seconds(rate: Int, frames: Int) -> Double {
        switch self {
        case .seconds(let value): value
        case .samples(let count): Double(count) / Double(rate)
        // Without what the subtraction adds behind the last digit: however a time is said, it is the same number.
        case .secondsBeforeEnd(let value): ((Double(frames) / Double(rate) - value) * 1e9).rounded() / 1e9
        case .samplesBeforeEnd(let count): Double(frames - count) / Double(rate)
        }
    }

    /// The seconds, where the time does not depend on the sound.
    var fixed: Double? { if case .seconds(let value) = self { value } else { nil } }

    private static func decimal(_ text: Substring) -> Double? {
        guard let first = text.first, first.isASCIIDigit, text.allSatisfy({ $0.isASCIIDigit || $0 == "." }) else {
            return nil
        }
        return Double(text)
    }

    /// Seconds, `m:ss` or `h:mm:ss`, with decimals.
    private static func clock(_ text: Substring) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let last = parts.last, var sum = decimal(last),
            parts.count == 1 || sum < 60
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

/// A span of time in a sound whose rate and length are not known yet, as people write it: `START-END`.
public struct TimeSpan: Sendable, Hashable {
    /// The start.
    public let start: SoundTime
    /// The end.
    public let end: SoundTime

    /// A span between two times.
    public init(start: SoundTime, end: SoundTime) {
        self.start = start
        self.end = end
    }

    /// Reads `START-END`, each a time as ``SoundTime`` has it; nil for what is not of that form.
    public init?(_ text: String) {
        // The hyphen between the two is the first one after a start that is not empty.
        guard let hyphen = text.dropFirst().firstIndex(of: "-"),
            let start = SoundTime(text[..<hyphen]), let end = SoundTime(text[text.index(after: hyphen)...])
        else { return nil }
        self.init(start: start, end: end)
    }

    /// The span in seconds of a sound.
    /// - Parameters:
    ///   - rate: the sound's rate in Hz.
    ///   - frames: the number of the sound's frames.
    public func region(rate: Int, frames: Int) -> Region {
        Region(start: start.seconds(rate: rate, frames: frames), end: end.seconds(rate: rate, frames: frames))
    }

    /// The span in seconds, where it does not depend on the sound.
    public var region: Region? {
        guard let start = start.fixed, let end = end.fixed else { return nil }
        return Region(start: start, end: end)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
