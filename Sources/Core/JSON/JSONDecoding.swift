/// Decodes `Decodable` values from a `JSONValue`. Unlike Foundation's decoder on Linux, it says which key does not fit, and how.
struct JSONDecoding: Decoder {
    let value: JSONValue
    /// In errors.
    let file: String
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch("an object") }
        return KeyedDecodingContainer(JSONObjectContainer(members: members, decoding: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let elements) = value else { throw mismatch("a list") }
        return JSONListContainer(elements: elements, decoding: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func mismatch(_ expected: String) -> CheckpointError {
        .configuration(file: file, key: key, expected: expected, found: value.description)
    }

    /// `down_blocks.0.channels`, as a reader would look for it.
    private var key: String {
        codingPath.isEmpty
            ? "top level" : codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    fileprivate func whole<T: FixedWidthInteger>() throws -> T {
        switch value {
        case .integer(let integer): if let number = T(exactly: integer) { return number }
        case .number(let double): if let number = T(exactly: double) { return number }
        default: break
        }
        throw mismatch("a whole number")
    }
}

extension JSONDecoding: SingleValueDecodingContainer {
    func decodeNil() -> Bool { if case .null = value { true } else { false } }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .boolean(let boolean) = value else { throw mismatch("true or false") }
        return boolean
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .text(let text) = value else { throw mismatch("a text") }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch value {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: throw mismatch("a number")
        }
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try whole() }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole() }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole() }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole() }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole() }
    func decode(_ type: UInt.Type) throws -> UInt { try whole() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole() }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: self) }
}

private struct JSONObjectContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [String: JSONValue]
    let decoding: JSONDecoding

    var codingPath: [any CodingKey] { decoding.codingPath }
    var allKeys: [Key] { members.keys.compactMap(Key.init(stringValue:)) }

    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

    private func member(_ key: any CodingKey) throws -> JSONDecoding {
        let path = codingPath + [key]
        guard let value = members[key.stringValue] else {
            throw CheckpointError.configuration(
                file: decoding.file, key: path.map(\.stringValue).joined(separator: "."), expected: "a value",
                found: "no such key")
        }
        return JSONDecoding(value: value, file: decoding.file, codingPath: path)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try member(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try member(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try member(key).whole() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try member(key).whole() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try member(key).whole() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try member(key).whole() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try member(key).whole() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try member(key).whole() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try member(key).whole() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try member(key).whole() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try member(key).whole() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try member(key).whole() }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try T(from: member(key)) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try member(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }
    func superDecoder() -> any Decoder { decoding }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}

private struct JSONListContainer: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let decoding: JSONDecoding
    private(set) var currentIndex = 0

    init(elements: [JSONValue], decoding: JSONDecoding) {
        self.elements = elements
        self.decoding = decoding
    }

    private struct Index: CodingKey {
        let intValue: Int?
        var stringValue: String { "\(intValue ?? 0)" }
        init(_ index: Int) { intValue = index }
        init?(intValue: Int) { self.intValue = intValue }
        init?(stringValue: String) { nil }
    }

    var codingPath: [any CodingKey] { decoding.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    private mutating func next() throws -> JSONDecoding {
        guard !isAtEnd else { throw decoding.mismatch("more than \(elements.count) elements") }
        defer { currentIndex += 1 }
        return JSONDecoding(
            value: elements[currentIndex], file: decoding.file, codingPath: codingPath + [Index(currentIndex)])
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, case .null = elements[currentIndex] else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try next().decode(type) }
    mutating func decode(_ type: String.Type) throws -> String { try next().decode(type) }
    mutating func decode(_ type: Double.Type) throws -> Double { try next().decode(type) }
    mutating func decode(_ type: Float.Type) throws -> Float { try next().decode(type) }
    mutating func decode(_ type: Int.Type) throws -> Int { try next().whole() }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next().whole() }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next().whole() }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next().whole() }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next().whole() }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next().whole() }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next().whole() }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next().whole() }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next().whole() }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next().whole() }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: next()) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}
