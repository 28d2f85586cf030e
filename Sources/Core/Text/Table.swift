internal import Foundation

/// A table as text: cells between tabs as they are, or between commas or semicolons and quoted where they need it
/// (RFC 4180).
public enum Table {
    /// The text in a file's bytes: UTF-8, UTF-16 where a byte-order mark says so, else Windows-1252.
    public static func text(_ bytes: [UInt8]) -> String {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return TagText.whole(Array(bytes.dropFirst(3))) }
        let marks: [([UInt8], String.Encoding)] = [
            ([0xFF, 0xFE], .utf16LittleEndian), ([0xFE, 0xFF], .utf16BigEndian),
        ]
        for (mark, encoding) in marks
        where bytes.starts(with: mark) {
            return String(data: Data(bytes.dropFirst(2)), encoding: encoding) ?? ""
        }
        return TagText.whole(bytes)
    }

    /// The rows of a table. The separator is the first line's: a tab, else a semicolon, else a comma.
    public static func rows(of text: String) -> [[String]] {
        let firstLine = text.prefix { !$0.isNewline }
        let separator: Character = firstLine.contains("\t") ? "\t" : firstLine.contains(";") ? ";" : ","
        var (rows, row, cell) = ([[String]](), [String](), "")
        var (isQuoted, isOpen) = (false, false)
        var rest = text[...]
        while let character = rest.popFirst() {
            if isOpen {
                if character != "\"" {
                    cell.append(character)
                } else if rest.first == "\"" {
                    cell.append("\"")
                    rest = rest.dropFirst()
                } else {
                    isOpen = false
                }
            } else if character == "\"", separator != "\t", cell.isEmpty, !isQuoted {
                (isQuoted, isOpen) = (true, true)
            } else if character == separator || character.isNewline {
                row.append(cell)
                (cell, isQuoted) = ("", false)
                if character.isNewline {
                    rows.append(row)
                    row = []
                }
            } else {
                cell.append(character)
            }
        }
        if !cell.isEmpty || !row.isEmpty { rows.append(row + [cell]) }
        return rows
    }
}
