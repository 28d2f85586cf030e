internal import ArgumentParser

/// An option that takes one of a few words.
enum Choice {
    /// Reads one of the words of `Value`, refusing others in the user's words.
    static func parse<Value: RawRepresentable & CaseIterable>(_ text: String) throws -> Value
    where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            throw ValidationError("one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")) expected")
        }
        return value
    }
}
