/// Any JSON value. Beside the standard's, Python's NaN, Infinity and -Infinity are numbers.
enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// Parses a whole file.
    /// - Throws: what is wrong and in which line.
    init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes)
        self = try parser.document()
    }
}

struct JSONSyntaxError: Error, CustomStringConvertible {
    let line: Int
    let reason: String

    var description: String { "not valid JSON: line \(line): \(reason)" }
}

extension JSONValue: CustomStringConvertible {
    /// One line of JSON, cut off after 60 characters.
    var description: String {
        let line = text
        return line.count > 60 ? line.prefix(60) + "…" : line
    }

    /// The whole value in one line of JSON.
    var text: String {
        switch self {
        case .null: "null"
        case .boolean(let boolean): "\(boolean)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .text(let text): Self.quoted(text)
        case .list(let elements): "[\(elements.map(\.text).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\(Self.quoted($0)): \($1.text)" }.joined(separator: ", "))}"
        }
    }

    /// The value as a file: an object with a line for each member.
    var file: String {
        guard case .object(let members) = self else { return text + "\n" }
        let lines = members.sorted { $0.key < $1.key }.map { "  \(Self.quoted($0)): \($1.text)" }
        return "{\n\(lines.joined(separator: ",\n"))\n}\n"
    }

    /// A text in JSON's quotes.
    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.value < 0x20:
                "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}

/// A recursive descent over the bytes (RFC 8259).
private struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    /// No model's file comes near; beyond it a hostile file could exhaust the stack.
    private static let deepest = 100

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw failure("expected UTF-8 text") }
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw failure("expected the end of the file, found \(found)") }
        return value
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONSyntaxError) in try parser.list() }
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"): return try word("NaN", .number(.nan))
        case UInt8(ascii: "I"): return try word("Infinity", .number(.infinity))
        case UInt8(ascii: "-") where bytes.dropFirst(position + 1).first == UInt8(ascii: "I"):
            return try word("-Infinity", .number(-.infinity))
        case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return try number()
        default: throw failure("expected a value, found \(found)")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.deepest else { throw failure("expected at most \(Self.deepest) levels of nesting") }
        depth += 1
        defer { depth -= 1 }
        position += 1
        return try body(&self)
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw failure("expected a key, found \(found)") }
            let key = try string()
            guard take(":") else { throw failure("expected a colon, found \(found)") }
            let value = try value()
            guard members.updateValue(value, forKey: key) == nil else { throw failure("the key \(key) is there twice") }
        } while take(",")
        guard take("}") else { throw failure("expected a comma or }, found \(found)") }
        return .object(members)
    }

    private mutating func list() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        if take("]") { return .list(elements) }
        repeat { elements.append(try value()) } while take(",")
        guard take("]") else { throw failure("expected a comma or ], found \(found)") }
        return .list(elements)
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        while let byte = current, Self.isInNumber(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text) else { throw failure("expected a number, found \(text)") }
        return .number(number)
    }

    private static func isInNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw failure("expected \(word), found \(found)") }
        position += word.utf8.count
        return value
    }

    // MARK: Strings

    /// The string whose opening quote is the current byte.
    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if current == UInt8(ascii: "\"") {
            defer { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        return try escapedString(from: start)
    }

    /// Goes on where a string stops being a plain run of bytes.
    private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var text = Array(bytes[start..<position])
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                position += 1
                text += String(try escape()).utf8
            case ..<0x20:
                throw failure("expected the end of a string before the end of its line")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw failure("expected the end of a string, found the end of the file")
    }

    private mutating func escape() throws(JSONSyntaxError) -> Character {
        let letter = current
        position += 1
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            guard UTF16.isLeadSurrogate(unit), bytes.dropFirst(position).starts(with: "\\u".utf8) else {
                return Character(Unicode.Scalar(unit) ?? "\u{fffd}")
            }
            position += 2
            let text = String(decoding: [unit, try hexadecimal()], as: UTF16.self)
            guard text.unicodeScalars.count == 1 else { throw failure("expected a pair of surrogates") }
            return Character(text)
        default:
            position -= 1
            throw failure("expected an escape, found \(found)")
        }
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw failure("expected four hexadecimal digits") }
        position += 4
        return unit
    }

    // MARK: Bytes

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    /// Skips space and then this mark, if it is there.
    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        skipSpace()
        guard current == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private var found: String {
        guard position < bytes.count else { return "the end of the file" }
        return String(decoding: bytes[position...].prefix(12), as: UTF8.self).split(whereSeparator: \.isNewline).first
            .map { "\"\($0)\"" } ?? "a line break"
    }

    private func failure(_ reason: String) -> JSONSyntaxError {
        JSONSyntaxError(line: 1 + bytes.prefix(position).count { $0 == 0x0a }, reason: reason)
    }
}
