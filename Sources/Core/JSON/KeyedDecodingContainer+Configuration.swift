extension KeyedDecodingContainer {
    /// The value of a key that files of older versions lack. A missing key and null give `fallback`, which has to be what the
    /// reference assumes then.
    func value<T: Decodable>(_ key: Key, absent fallback: T) throws -> T {
        try decodeIfPresent(T.self, forKey: key) ?? fallback
    }

    /// A size: a whole number of at least 1 (and small enough that no product of sizes overflows).
    func size(_ key: Key, absent fallback: Int? = nil) throws -> Int {
        let found = try fallback.map { try value(key, absent: $0) } ?? decode(Int.self, forKey: key)
        try demand(Self.sizes.contains(found), key, "a whole number of at least 1")
        return found
    }

    /// A number from 0 to 1.
    func share(_ key: Key, absent fallback: Double) throws -> Double {
        let found = try value(key, absent: fallback)
        try demand((0...1).contains(found), key, "a number from 0 to 1")
        return found
    }

    /// A list of sizes with at least one entry.
    func sizes(_ key: Key, count: Int? = nil) throws -> [Int] {
        let found = try decode([Int].self, forKey: key)
        try demand(
            !found.isEmpty && found.allSatisfy(Self.sizes.contains), key, "a list of whole numbers of at least 1")
        if let count { try demand(found.count == count, key, "a list of \(count) numbers") }
        return found
    }

    /// One size for every level, or a list with one for each. A missing key and null give `fallback` for each, if there is one.
    func sizes(_ key: Key, perLevel count: Int, absent fallback: Int? = nil) throws -> [Int] {
        if let fallback, try !contains(key) || decodeNil(forKey: key) {
            return Array(repeating: fallback, count: count)
        }
        if let one = try? decode(Int.self, forKey: key) {
            try demand(Self.sizes.contains(one), key, "a whole number of at least 1")
            return Array(repeating: one, count: count)
        }
        return try sizes(key, count: count)
    }

    /// A word from a closed list.
    func choice<T: RawRepresentable & CaseIterable>(_ key: Key, absent fallback: T? = nil) throws -> T
    where T.RawValue == String {
        if let fallback, try !contains(key) || decodeNil(forKey: key) { return fallback }
        let word = try decode(String.self, forKey: key)
        guard let choice = T(rawValue: word) else { throw unsupported(key, Self.list(T.self)) }
        return choice
    }

    /// Words from a closed list, one per level.
    func choices<T: RawRepresentable & CaseIterable>(_ key: Key, count: Int) throws -> [T] where T.RawValue == String {
        let words = try decode([String].self, forKey: key)
        let choices = words.compactMap(T.init(rawValue:))
        try demand(choices.count == words.count && words.count == count, key, "\(count) times \(Self.list(T.self))")
        return choices
    }

    /// A key that changes the computation and of which only one value is implemented; files that lack it mean that value.
    func demand<T: Decodable & Equatable>(_ key: Key, only supported: T) throws {
        try demand(value(key, absent: supported) == supported, key, "\(supported), the only kind that is supported")
    }

    /// Keys that turn on what is not implemented unless they are null or missing.
    func demandNull(_ keys: Key...) throws {
        for key in keys where try contains(key) && !decodeNil(forKey: key) { throw unsupported(key, "null") }
    }

    /// A condition on the value of a key, with the words for what would be right.
    func demand(_ condition: Bool, _ key: Key, _ expected: String) throws {
        if !condition { throw unsupported(key, expected) }
    }

    private func unsupported(_ key: Key, _ expected: String) -> any Error {
        // The reader of JSON files knows the file and what it found there.
        if let decoding = try? superDecoder(forKey: key) as? JSONDecoding { return decoding.mismatch(expected) }
        return DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "expected \(expected)")
    }

    private static var sizes: ClosedRange<Int> { 1...(1 << 20) }

    private static func list<T: RawRepresentable & CaseIterable>(_ type: T.Type) -> String where T.RawValue == String {
        let words = T.allCases.map(\.rawValue)
        return words.count > 1 ? "one of \(words.joined(separator: ", "))" : words.joined()
    }
}
