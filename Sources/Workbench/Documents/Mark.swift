internal import Core
internal import Editing
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

/// Marks as labels, as the library and other programs have them.
extension Mark {
    /// - Parameter highest: half of the sound's rate in Hz: what a label calls open above ends there.
    init(_ label: Label, highest: Double) {
        let high = label.band.map { min($0.upperBound, highest) }
        let isBand = label.band.map { $0.lowerBound < high ?? 0 } ?? false
        self.init(
            start: max(0, label.start), end: max(0, label.start, label.end), low: isBand ? label.band?.lowerBound : nil,
            high: isBand ? high : nil, name: String(label.text.prefix(400)))
    }

    var label: Label {
        var band: ClosedRange<Double>?
        if let low, let high, low <= high { band = low...high }
        return Label(start: start, end: end, band: band, text: name)
    }
}
