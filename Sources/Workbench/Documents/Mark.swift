internal import Core
internal import Foundation

/// A place, a span or a rectangle of a sound that somebody marked.
struct Mark: Codable, Sendable, Equatable {
    /// In seconds.
    let start: Double
    /// In seconds; the start's for a place.
    let end: Double
    /// The lowest and the highest frequency in Hz; nil for all.
    var low: Double?
    var high: Double?
    var name: String

    enum CodingKeys: String, CodingKey { case start, end, low, high, name }

    init(start: Double, end: Double, low: Double? = nil, high: Double? = nil, name: String = "") {
        (self.start, self.end, self.low, self.high, self.name) = (start, end, low, high, name)
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        start = try values.decode(Double.self, forKey: .start)
        end = try values.decode(Double.self, forKey: .end)
        low = try values.decodeIfPresent(Double.self, forKey: .low)
        high = try values.decodeIfPresent(Double.self, forKey: .high)
        name = String((try values.decodeIfPresent(String.self, forKey: .name) ?? "").prefix(400))
        guard start >= 0, end >= start, end < 1e7, (low == nil) == (high == nil), low ?? 0 >= 0, high ?? 1 > low ?? 0
        else { throw Refusal.invalid("marks: 0 <= start <= end and low < high expected") }
    }

    /// The labels that a file carries.
    static func cues(of file: AudioFile) -> [Mark] {
        file.metadata.cues.prefix(Self.most).map { cue in
            let name = cue.name.isEmpty ? cue.note : cue.name
            let start = min(Double(max(0, cue.position)) / Double(file.rate), file.duration)
            let end = min(Double(max(0, cue.position) + max(0, cue.length)) / Double(file.rate), file.duration)
            return Mark(start: start, end: max(start, end), name: String(name.prefix(400)))
        }
    }

    /// More than anybody sets.
    static let most = 5000
}

/// Marks as a label track, as Audacity writes and reads it: start, end and name between tabs, and for a rectangle a second line that
/// begins with a backslash and has its frequencies.
enum LabelTrack {
    static func text(_ marks: [Mark]) -> String {
        marks.map { mark in
            let name = mark.name.map { $0.isNewline || $0 == "\t" ? " " : String($0) }.joined()
            let line = "\(number(mark.start))\t\(number(mark.end))\t\(name)\n"
            guard let low = mark.low, let high = mark.high else { return line }
            return line + "\\\t\(number(low))\t\(number(high))\n"
        }.joined()
    }

    /// - Throws: `Refusal` that names the line that is no label.
    static func marks(_ text: String) throws -> [Mark] {
        var marks: [Mark] = []
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
            let numbers = fields.map { Double($0.trimmingCharacters(in: .whitespaces)) }
            if fields[0] == "\\", fields.count >= 3, let low = numbers[1], let high = numbers[2], !marks.isEmpty {
                // A negative frequency is Audacity's word for none.
                if low >= 0, high > low {
                    marks[marks.count - 1].low = low
                    marks[marks.count - 1].high = high
                }
                continue
            }
            guard fields.count >= 2, let start = numbers[0], let end = numbers[1], start >= 0, end >= start, end < 1e7
            else {
                throw Refusal.invalid(
                    "labels: line \(index + 1): START, END and a name between tabs expected, times in seconds")
            }
            marks.append(
                Mark(start: start, end: end, name: fields.count > 2 ? String(fields[2].prefix(400)) : ""))
            if marks.count > Mark.most { throw Refusal.invalid("labels: \(Mark.most) at most expected") }
        }
        return marks
    }

    private static func number(_ value: Double) -> String { String(format: "%.6f", value) }
}
