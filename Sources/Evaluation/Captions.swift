public import Foundation

/// What sounds are said to be: a table with a line for each, its name, a tab and its caption.
public struct Captions: Sendable {
    /// What the table is called in messages.
    public let label: String
    private let texts: [String: String]

    /// Reads a table. The name of a sound may have its extension or not; empty lines are passed over.
    /// - Throws: `EvaluationError.missing` and `captionLine`.
    public init(_ file: URL) throws(EvaluationError) {
        label = file.relativePath
        guard let content = try? String(contentsOf: file, encoding: .utf8) else { throw .missing(path: label) }
        var texts: [String: String] = [:]
        for (number, line) in content.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        {
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            let fields = line.split(separator: "\t", maxSplits: 1)
            guard fields.count == 2 else { throw .captionLine(file: label, line: number + 1) }
            texts[String(fields[0])] = String(fields[1])
        }
        self.texts = texts
    }

    /// The caption of a sound.
    /// - Throws: `EvaluationError.noCaption`.
    func caption(of member: SoundSet.Member) throws(EvaluationError) -> String {
        guard let text = texts[member.name] ?? texts[member.url.lastPathComponent] else {
            throw .noCaption(file: label, name: member.url.lastPathComponent)
        }
        return text
    }
}
