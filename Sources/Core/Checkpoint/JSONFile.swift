public import Foundation

/// Reads a model's JSON files into `Decodable` values. Its errors name the file, the key, what was expected and what was found.
public enum JSONFile {
    /// - Parameter url: a file such as `config.json`. Python's NaN and Infinity are accepted as numbers.
    public static func load<T: Decodable>(_ type: T.Type = T.self, from url: URL) throws(CheckpointError) -> T {
        let path = url.path(percentEncoded: false)
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch CocoaError.fileReadNoSuchFile {
            throw .unreadable(file: path, reason: "there is no such file")
        } catch {
            throw .unreadable(file: path, reason: error.localizedDescription)
        }
        return try decode(data, name: path)
    }

    /// Decodes bytes already read; `name` stands for the file in errors.
    static func decode<T: Decodable>(_ data: Data, name: String) throws(CheckpointError) -> T {
        // Foundation's JSON5 reader traps on text that is not UTF-8.
        guard String(validating: data, as: UTF8.self) != nil else {
            throw .malformed(file: name, key: nil, reason: "not valid JSON: the text is not UTF-8")
        }
        do {
            return try decoder().decode(T.self, from: data)
        } catch let error as DecodingError {
            throw explain(error, data: data, name: name)
        } catch {
            throw .malformed(file: name, key: nil, reason: "not valid JSON: \(error.localizedDescription)")
        }
    }

    private static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        // Python writes NaN and Infinity (a scheduler's lambda_min_clipped), which JSON5 knows and JSON does not.
        decoder.allowsJSON5 = true
        return decoder
    }

    private static func explain(_ error: DecodingError, data: Data, name: String) -> CheckpointError {
        switch error {
        case .keyNotFound(let key, let context):
            return .configuration(
                file: name, key: path(context.codingPath + [key]), expected: "a value", found: "no such key")
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return .configuration(
                file: name, key: path(context.codingPath), expected: words(for: type),
                found: value(at: context.codingPath, in: data))
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            return .malformed(file: name, key: nil, reason: "not valid JSON")
        case .dataCorrupted(let context):
            return .configuration(
                file: name, key: path(context.codingPath), expected: context.debugDescription,
                found: value(at: context.codingPath, in: data))
        @unknown default:
            return .malformed(file: name, key: nil, reason: "not valid JSON")
        }
    }

    /// `down_blocks.0.channels`, as a reader would look for it.
    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "top level" : keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    private static func words(for type: any Any.Type) -> String {
        switch type {
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is String.Type: "a text"
        case is any Collection.Type where "\(type)".hasPrefix("Dictionary"): "an object"
        case is any Collection.Type: "a list"
        default: "an object"
        }
    }

    /// What stands at a key, in one short line of JSON.
    private static func value(at keys: [any CodingKey], in data: Data) -> String {
        guard var value = try? decoder().decode(JSONValue.self, from: data) else { return "something else" }
        for key in keys {
            switch value {
            case .object(let members): value = members[key.stringValue] ?? .null
            case .list(let elements):
                guard let index = key.intValue, elements.indices.contains(index) else { return "nothing" }
                value = elements[index]
            default: return "nothing"
            }
        }
        let line = value.description
        return line.count > 60 ? line.prefix(60) + "…" : line
    }
}

/// Any JSON value, to be shown in an error.
private enum JSONValue: Decodable, CustomStringConvertible {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    var description: String {
        switch self {
        case .null: "null"
        case .boolean(let boolean): "\(boolean)"
        case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
        case .text(let text): "\"\(text)\""
        case .list(let elements): "[\(elements.map(\.description).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", "))}"
        }
    }
}
