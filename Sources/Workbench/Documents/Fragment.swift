internal import Foundation

/// Any JSON, to be put into a document as it is.
indirect enum Fragment: Codable, Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    case unsigned(UInt64)
    case number(Double)
    case text(String)
    case list([Fragment])
    case object([String: Fragment])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let integer = try? value.decode(UInt64.self) {
            self = .unsigned(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([Fragment].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: Fragment].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .boolean(let boolean): try value.encode(boolean)
        case .integer(let integer): try value.encode(integer)
        case .unsigned(let integer): try value.encode(integer)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let members): try value.encode(members)
        }
    }

    /// What a column of the database holds.
    init(column text: String?) {
        self = text.flatMap { try? JSONDecoder().decode(Fragment.self, from: Data($0.utf8)) } ?? .null
    }

    subscript(key: String) -> Fragment? {
        if case .object(let members) = self { members[key] } else { nil }
    }
}

/// JSON as it is sent and kept.
enum JSON {
    static func data(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    static func text(_ value: some Encodable) throws -> String { String(decoding: try data(value), as: UTF8.self) }

    /// - Throws: `Refusal` in words for what does not fit.
    static func read<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch DecodingError.keyNotFound(let key, _) {
            throw Refusal.invalid("'\(key.stringValue)' is missing")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
            throw Refusal.invalid("'\(place.joined(separator: "."))' has another type than expected")
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(status: 400, message: "the body is not JSON of the expected form")
        }
    }
}
