public import Foundation

/// RoBERTa's byte-level byte-pair tokenizer, from `vocab.json` and `merges.txt`.
///
/// Text is cut at the special tokens that it spells out, then into pieces (`PreTokenizer`), each piece into its UTF-8 bytes, and these are
/// merged (`BytePairMerges`). In the files each byte stands as one printable character.
public struct Tokenizer: Sendable {
    /// The number of tokens that the model's embedding must have at least.
    public let count: Int

    /// The names of the files that it is read from.
    static let files = ["vocab.json", "merges.txt"]

    private let beginning: Int32
    private let end: Int32
    private let specialTokens: [(text: [Unicode.Scalar], token: Int32)]
    /// The token of each single byte.
    private let bytes: [Int32]
    private let merges: BytePairMerges

    /// Reads the vocabulary and the merges of a model.
    /// - Parameter folder: a model's `tokenizer/`. Other files in it, such as `tokenizer.json`, are not needed.
    /// - Throws: `unreadable`, `malformed` or `configuration`, naming the file.
    public init(folder: URL) throws(CheckpointError) {
        let vocabularyFile = folder.appending(path: "vocab.json")
        let mergesFile = folder.appending(path: "merges.txt")
        let vocabulary = try Self.vocabulary(vocabularyFile)
        func token(_ text: String) throws(CheckpointError) -> Int32 {
            if let token = vocabulary[text] { return Int32(token) }
            throw .configuration(
                file: vocabularyFile.path(percentEncoded: false), key: text, expected: "a token", found: "no such key")
        }

        count = (vocabulary.values.max() ?? 0) + 1
        beginning = try token("<s>")
        end = try token("</s>")
        specialTokens = ["<s>", "</s>", "<pad>", "<unk>", "<mask>"].compactMap { text in
            vocabulary[text].map { (Array(text.unicodeScalars), Int32($0)) }
        }
        bytes = try Self.byteSymbols.map { (symbol) throws(CheckpointError) in try token(String(symbol)) }
        merges = try Self.merges(mergesFile, vocabulary: vocabulary)
    }

    /// The tokens of a text between `<s>` and `</s>`.
    /// - Parameters:
    ///   - text: any text; it may be empty.
    ///   - maximumLength: the most tokens of the result, at least 2; of a longer text the first tokens are kept, and
    ///     `</s>`.
    public func encode(_ text: String, maximumLength: Int) -> [Int] {
        precondition(maximumLength >= 2, "no room for <s> and </s>")
        var tokens = [beginning]
        let scalars = Array(text.unicodeScalars)
        var start = 0
        while start < scalars.count, tokens.count < maximumLength - 1 {
            if let special = specialToken(in: scalars, at: start) {
                tokens.append(special.token)
                start += special.text.count
            } else {
                let end = scalars[(start + 1)...].indices.first { specialToken(in: scalars, at: $0) != nil }
                let run = scalars[start..<(end ?? scalars.count)]
                appendTokens(of: run, to: &tokens, limit: maximumLength - 1)
                start = run.endIndex
            }
        }
        return tokens.prefix(maximumLength - 1).map(Int.init) + [Int(end)]
    }

    /// The beginning of a text that `encode` reads, up to the end of a word; all of it where it fits.
    /// - Parameters:
    ///   - text: any text; it may be empty.
    ///   - maximumLength: the most tokens, `<s>` and `</s>` among them, at least 2.
    public func beginning(of text: String, maximumLength: Int) -> Substring {
        func fits(_ text: Substring) -> Bool {
            encode(String(text), maximumLength: maximumLength + 1).count <= maximumLength
        }
        if fits(text[...]) { return text[...] }
        let ends = text.indices.filter { text[$0].isWhitespace }
        // The first end up to which there is too much.
        var range = 0..<ends.count
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            range = fits(text[..<ends[middle]]) ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound == 0 ? text[..<text.startIndex] : text[..<ends[range.lowerBound - 1]]
    }

    /// Adds the tokens of text without special tokens, a few more than the limit at most.
    private func appendTokens(of text: ArraySlice<Unicode.Scalar>, to tokens: inout [Int32], limit: Int) {
        var start = text.startIndex
        while start < text.endIndex, tokens.count < limit {
            let end = PreTokenizer.end(of: text, from: start)
            let piece = text[start..<end].flatMap { scalar in UTF8.encode(scalar)!.map { bytes[Int($0)] } }
            tokens += merges.apply(to: piece)
            start = end
        }
    }

    private func specialToken(
        in text: [Unicode.Scalar], at start: Int
    ) -> (text: [Unicode.Scalar], token: Int32)? {
        guard text[start] == "<" else { return nil }
        return specialTokens.first { text[start...].starts(with: $0.text) }
    }
}

// MARK: - Files

extension Tokenizer {
    /// The character for each byte in the vocabulary: itself where it is printable, else one of those from U+0100 on, in order.
    private static let byteSymbols: [Unicode.Scalar] = {
        let printable = Set<UInt32>(0x21...0x7e).union(0xa1...0xac).union(0xae...0xff)
        var substitute: UInt32 = 0x100
        return (0..<256).map { (byte: UInt32) in
            if printable.contains(byte) { return Unicode.Scalar(byte)! }
            defer { substitute += 1 }
            return Unicode.Scalar(substitute)!
        }
    }()

    static func vocabulary(_ file: URL) throws(CheckpointError) -> [String: Int] {
        let path = file.path(percentEncoded: false)
        guard case .object(let members) = try JSONFile.value(of: file) else {
            throw .malformed(file: path, key: nil, reason: "expected an object of tokens and their numbers")
        }
        var vocabulary: [String: Int] = [:]
        vocabulary.reserveCapacity(members.count)
        for (text, value) in members {
            guard case .integer(let token) = value, 0..<Int(Int32.max) ~= token else {
                throw .configuration(file: path, key: text, expected: "a whole number from 0", found: value.description)
            }
            vocabulary[text] = token
        }
        return vocabulary
    }

    /// One merge a line, two tokens apart by a space; the first line may be a comment with the format's version.
    static func merges(_ file: URL, vocabulary: [String: Int]) throws(CheckpointError) -> BytePairMerges {
        let path = file.path(percentEncoded: false)
        let text: String
        if let status = FileStatus(FilePath(file)), !status.isRegular {
            throw .unreadable(file: path, reason: "it is not a regular file")
        }
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw .unreadable(file: path, reason: "expected a file of UTF-8 text")
        }
        // By bytes, as by characters the file takes ten times as long.
        let lines = Array(text.utf8).split(separator: UInt8(ascii: "\n")).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }.filter { !$0.isEmpty }
        var merges = BytePairMerges(capacity: lines.count)
        for (rank, line) in lines.enumerated() where !line.starts(with: "#version".utf8) {
            func token(_ bytes: some Collection<UInt8>) -> Int? { vocabulary[String(decoding: bytes, as: UTF8.self)] }
            guard let space = line.firstIndex(of: UInt8(ascii: " ")), let left = token(line[..<space]),
                let right = token(line[(space + 1)...]), let result = token(line[..<space] + line[(space + 1)...])
            else {
                throw .malformed(
                    file: path, key: nil,
                    reason: "expected two tokens of vocab.json that merge into a third, found "
                        + "\"\(String(decoding: line, as: UTF8.self))\"")
            }
            merges.append(left, right, result: result, rank: rank)
        }
        return merges
    }
}
