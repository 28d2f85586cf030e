/// Cuts text into the pieces that byte-pair merges never cross: GPT-2's pattern
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, which RoBERTa took over.
enum PreTokenizer {
    private enum Kind {
        case letter, number, space, other

        init(_ scalar: Unicode.Scalar) {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }

    private static let contractions: [[Unicode.Scalar]] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map {
        Array($0.unicodeScalars)
    }

    /// Where the piece ends that begins at `start`. The pieces of a text follow one another without a gap.
    static func end(of text: ArraySlice<Unicode.Scalar>, from start: Int) -> Int {
        if let contraction = contractions.first(where: { text[start...].starts(with: $0) }) {
            return start + contraction.count
        }

        // One space belongs to the run of letters, of numbers or of other signs that follows it.
        let next = start + 1
        let first = text[start] == " " && next < text.endIndex && Kind(text[next]) != .space ? next : start
        let kind = Kind(text[first])
        let end = text[first...].firstIndex { Kind($0) != kind } ?? text.endIndex

        // Of several spaces before a word the last one is left to it.
        return kind == .space && end < text.endIndex && end - start > 1 ? end - 1 : end
    }
}
