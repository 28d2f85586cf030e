internal import Core
internal import Editing
internal import Foundation

/// What is known about something, one line per fact.
struct FactSheet {
    private var facts: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String) { facts.append((name, value.printable)) }

    /// The values under each other, without a last line end.
    var text: String {
        let width = facts.map(\.name.count).max() ?? 0
        return facts.map { $0.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.value }
            .joined(separator: "\n")
    }
}

extension FactSheet {
    init(_ file: AudioFile) throws {
        add("file", file.label)
        add("format", "\(file.format.container), \(file.format.encoding)")
        add("rate", "\(file.rate) Hz")
        let places = file.channels > 2 ? file.channelLayout.map { " (\($0))" } ?? "" : ""
        add("channels", "\(file.channels)\(places)")
        add("length", "\(Time.exact(file.duration)), \(file.frames) sample\(file.frames == 1 ? "" : "s")")
        let cutoff = try CutOff.find(in: file)
        add(
            "band",
            2 * cutoff < Double(file.rate)
                ? String(format: "ends at %.0f Hz, the rate would hold %d Hz", cutoff, file.rate / 2)
                : "reaches \(file.rate / 2) Hz, all that the rate holds")
        for tag in AudioTag.allCases {
            if let text = file.tags[tag] { add("\(tag)", text) }
        }
        for mark in file.metadata.marks { add("machine-made", mark) }
        for note in file.notes { add("note", note) }
    }
}

extension String {
    /// On one line, and without what a terminal would take for commands: a tag may hold anything.
    var printable: String {
        let scalars = unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .lineSeparator, .paragraphSeparator: " "
            case .control: scalar == "\n" || scalar == "\r" || scalar == "\t" ? " " : "\u{FFFD}"
            case .format where (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value):
                "\u{FFFD}"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
