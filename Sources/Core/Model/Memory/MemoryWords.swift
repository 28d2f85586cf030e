/// The words that a memory knows, and what each of them means.
struct MemoryWords: Sendable {
    private let places: [String: Int]
    private let ignored: Set<String>

    /// What is put in the place of a word's ending where the word itself is not known.
    private static let endings = [
        ("ies", "y"), ("ied", "y"), ("es", ""), ("ed", ""), ("ing", ""), ("ing", "e"), ("s", ""), ("d", ""), ("er", ""),
    ]
    /// Letters that are left before an ending, at least.
    private static let shortestStem = 3

    /// - Parameter words: each once.
    init(_ words: [String], ignored: [String]) {
        places = Dictionary(words.enumerated().map { ($1, $0) }) { first, _ in first }
        self.ignored = Set(ignored)
    }

    /// Whether a text is one run of a-z and 0-9.
    static func isWord(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isLetter) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The places of a text's words in the table, in the order of the text; words that are not known are passed over.
    func known(_ text: String) -> [Int] {
        text.lowercased().utf8.split { !Self.isLetter($0) }.map { String(decoding: $0, as: UTF8.self) }
            .filter { !ignored.contains($0) }.compactMap(place)
    }

    /// The place of a word, or of the first form without its ending that is known.
    private func place(of word: String) -> Int? {
        if let place = places[word] { return place }
        let forms = Self.endings.compactMap { ending, instead in
            word.hasSuffix(ending) && word.utf8.count - ending.utf8.count >= Self.shortestStem
                ? word.dropLast(ending.count) + instead : nil
        }
        if let place = forms.lazy.compactMap({ places[String($0)] }).first { return place }
        // "running" is "runn" without its ending, and "run" without its last letter.
        let undoubled = forms.filter { $0.last == $0.dropLast().last }
        return undoubled.lazy.compactMap { places[String($0.dropLast())] }.first
    }
}
