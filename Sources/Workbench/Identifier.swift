/// Names that nobody can guess: 128 random bits of the system's generator.
enum Identifier {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
    static let length = 26

    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
    }

    /// Whether a text has the form of an identifier: only such a text is looked for, or made a part of a file's name.
    static func isValid(_ text: some StringProtocol) -> Bool {
        text.utf8.count == length && text.allSatisfy { letters.contains($0) }
    }
}
