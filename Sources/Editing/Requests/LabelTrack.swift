public import Core
internal import Foundation

/// A named place or stretch of a sound.
public struct Label: Sendable, Codable, Equatable {
    /// The start, in seconds from the start of the sound.
    public var start: Double
    /// The end, in seconds from the start of the sound; that of a place is its start.
    public var end: Double
    /// The frequencies that are meant, in Hz; nil for all.
    public var band: ClosedRange<Double>?
    /// The name.
    public var text: String

    /// A label.
    /// - Parameters:
    ///   - start: the start, in seconds from the start of the sound.
    ///   - end: the end, in seconds from the start of the sound.
    ///   - band: the frequencies that are meant, in Hz; nil for all.
    ///   - text: the name.
    public init(start: Double, end: Double, band: ClosedRange<Double>? = nil, text: String = "") {
        self.start = start
        self.end = end
        self.band = band
        self.text = text
    }
}

/// A list of labels, as other programs write it: Audacity's label tracks (start, end and text between tabs, with a second line
/// `\`, low, high for a spectral selection), the tables of Reaper and Audition, and any table whose first columns, or
/// columns of that name, are start and end.
public struct LabelTrack: Sendable, Equatable {
    private struct Line: Sendable, Equatable {
        var span: TimeSpan
        var band: ClosedRange<Double>?
        var text: String
    }
    private var lines: [Line] = []

    /// The number of labels.
    public var count: Int { lines.count }

    /// Reads a list.
    /// - Parameters:
    ///   - bytes: the content of the file, UTF-8, UTF-16 with a byte-order mark, or Windows-1252.
    ///   - name: the name of the file in messages.
    /// - Throws: `EditingError.labels`, which names the line and what was expected.
    public init(_ bytes: some Collection<UInt8>, name: String) throws(EditingError) {
        let text = Table.text(Array(bytes))
        guard !text.unicodeScalars.contains("\0") else {
            throw .labels(file: name, line: 1, reason: "a list of times as text expected, found something else")
        }
        let rows = Table.rows(of: text)
        var columns = Columns.positional
        for (number, row) in rows.enumerated() where row.contains(where: { !$0.isEmpty }) {
            if row.count >= 3, row[0] == "\\" {
                guard !lines.isEmpty, let low = Self.number(row[1]), let high = Self.number(row[2]) else {
                    throw .labels(
                        file: name, line: number + 1,
                        reason: "two frequencies in Hz expected, after the label that they belong to")
                }
                // Audacity writes -1 for an edge that is not set.
                if low >= 0 || high >= 0 {
                    let top = high < 0 ? Double.greatestFiniteMagnitude : high
                    guard max(0, low) < top else {
                        throw .labels(
                            file: name, line: number + 1, reason: "the higher frequency must be above the lower one")
                    }
                    lines[lines.count - 1].band = max(0, low)...top
                }
            } else if lines.isEmpty, let named = Columns(row) {
                columns = named
            } else {
                lines.append(try Self.line(row, columns, name: name, number: number + 1))
            }
        }
    }

    /// The markers that a sound file has itself.
    public init(markersOf file: AudioFile) {
        lines = file.metadata.cues.map { cue in
            Line(
                span: TimeSpan(start: .samples(cue.position), end: .samples(cue.position + cue.length)),
                text: cue.name.isEmpty ? cue.note : cue.name)
        }
    }

    /// The labels in seconds of a sound.
    /// - Parameters:
    ///   - rate: the sound's rate in Hz.
    ///   - frames: the number of the sound's frames.
    public func labels(rate: Int, frames: Int) -> [Label] {
        lines.map { line in
            let region = line.span.region(rate: rate, frames: frames)
            return Label(start: region.start, end: region.end, band: line.band, text: line.text)
        }
    }

    /// The regions of a sound that the labels mean.
    /// - Parameters:
    ///   - source: the sound.
    ///   - margin: how far a place, which has no length, is widened to both sides, in seconds; within the sound.
    public func regions(of source: any SoundSource, around margin: Double) -> [Region] {
        labels(rate: source.rate, frames: source.frames).map { label in
            let band = label.band.map(Region.Band.init)
            guard label.start == label.end else { return Region(start: label.start, end: label.end, band: band) }
            return Region(
                start: max(0, label.start - margin), end: min(source.duration, label.end + margin), band: band)
        }
    }

    /// Labels as Audacity reads them, a line for each.
    public static func text(_ labels: [Label]) -> String {
        labels.map { label in
            let words = label.text.split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
            let line = String(format: "%.6f\t%.6f\t", label.start, label.end) + words + "\n"
            guard let band = label.band else { return line }
            return line + String(format: "\\\t%.6f\t%.6f\n", band.lowerBound, band.upperBound)
        }.joined()
    }

    // MARK: - Reading

    /// Where a table has what.
    private struct Columns {
        var start = 0
        var end: Int? = 1
        var length: Int?
        var low: Int?
        var high: Int?
        var text: Int? = 2

        static let positional = Columns()
        private init() {}

        /// From a table's first row; nil where that names no start.
        init?(_ row: [String]) {
            func place(_ names: [String]) -> Int? {
                row.firstIndex { names.contains($0.trimmingCharacters(in: .whitespaces).lowercased()) }
            }
            guard let start = place(["start", "begin", "in", "position"]) else { return nil }
            self.start = start
            end = place(["end", "stop", "out"])
            length = place(["duration", "length"])
            low = place(["low", "low_hz", "fmin"])
            high = place(["high", "high_hz", "fmax"])
            text = place(["name", "text", "label", "description"])
        }
    }

    private static func line(
        _ row: [String], _ columns: Columns, name: String, number: Int
    ) throws(EditingError) -> Line {
        func cell(_ index: Int?) -> String? {
            guard let index, row.indices.contains(index) else { return nil }
            let text = row[index].trimmingCharacters(in: .whitespaces)
            return text.isEmpty ? nil : text
        }
        func time(_ text: String) -> SoundTime? {
            // A comma where the writer's language has one.
            SoundTime(text) ?? SoundTime(text.replacing(",", with: "."))
        }
        guard let written = cell(columns.start), let start = time(written) else {
            throw .labels(
                file: name, line: number,
                reason: "a start in seconds or h:mm:ss expected, found '\(shown(cell(columns.start)))'")
        }
        var end = start
        if let written = cell(columns.end) {
            guard let found = time(written) else {
                throw .labels(
                    file: name, line: number, reason: "an end in seconds or h:mm:ss expected, found '\(shown(written))'"
                )
            }
            end = found
        } else if let written = cell(columns.length) {
            guard let length = time(written), let sum = start.advanced(by: length) else {
                throw .labels(
                    file: name, line: number,
                    reason: "a length in seconds or h:mm:ss expected, found '\(shown(written))'")
            }
            end = sum
        }
        if let start = start.fixed, let end = end.fixed, end < start {
            throw .labels(file: name, line: number, reason: "the end must not come before the start")
        }
        let edges = [cell(columns.low), cell(columns.high)].map { $0.flatMap(Self.number) }
        var band: ClosedRange<Double>?
        if let low = edges[0], let high = edges[1] {
            guard low < high else {
                throw .labels(file: name, line: number, reason: "the higher frequency must be above the lower one")
            }
            band = low...high
        }
        return Line(span: TimeSpan(start: start, end: end), band: band, text: cell(columns.text) ?? "")
    }

    /// What was found, where it is long its beginning.
    private static func shown(_ text: String?) -> String {
        guard let text, text.count > 40 else { return text ?? "" }
        return "\(text.prefix(40))..."
    }

    private static func number(_ text: String) -> Double? {
        let text = text.trimmingCharacters(in: .whitespaces)
        return Double(text) ?? Double(text.replacing(",", with: "."))
    }
}

extension SoundTime {
    /// A time later by a length, where both are written in the same way.
    fileprivate func advanced(by length: SoundTime) -> SoundTime? {
        switch (self, length) {
        case (.seconds(let start), .seconds(let length)): .seconds(start + length)
        case (.samples(let start), .samples(let length)):
            start.addingReportingOverflow(length).overflow ? nil : .samples(start + length)
        default: nil
        }
    }
}
