import Core
import Foundation
import TestSupport
import Testing

private struct Case: Decodable {
    let text: String
    let tokens: [Int]
    let short: [Int]
}

@Suite struct TokenizerTests {
    private let tokenizer: Tokenizer

    init() throws {
        tokenizer = try Tokenizer(folder: Fixture.url("tokenizer"))
    }

    @Test func tokensEqualThoseOfTransformers() throws {
        let cases = try JSONFile.load([Case].self, from: Fixture.url("tokenizer/cases.json"))
        #expect(cases.count == 500)
        for (index, item) in cases.enumerated() {
            #expect(
                tokenizer.encode(item.text, maximumLength: 512) == item.tokens,
                "\(index): \(item.text.debugDescription)")
            #expect(
                tokenizer.encode(item.text, maximumLength: 7) == item.short, "\(index): \(item.text.debugDescription)")
        }
    }

    @Test func longTextIsCutAfterTheMaximumAndKeepsItsEnd() {
        let text = String(repeating: "a dog barking, ", count: 100_000)
        let tokens = tokenizer.encode(text, maximumLength: 512)
        #expect(tokens.count == 512 && tokens.first == 0 && tokens.last == 2)
        #expect(tokenizer.encode(text, maximumLength: 2) == [0, 2])
    }

    /// One piece of a million letters: a search of all pairs after each merge would take hours.
    @Test(.timeLimit(.minutes(1))) func aLongWordIsMergedInTime() {
        let tokens = tokenizer.encode(String(repeating: "dogbark", count: 150_000), maximumLength: .max)
        #expect(tokens.count < 1_000_000)
    }

    @Test func whatIsMissingIsNamed() throws {
        func failure(vocabulary: String, merges: String) throws -> String {
            try Fixture.withTemporaryFolder { folder in
                try Data(vocabulary.utf8).write(to: folder.appending(path: "vocab.json"))
                try Data(merges.utf8).write(to: folder.appending(path: "merges.txt"))
                return "\(try #require(throws: CheckpointError.self) { try Tokenizer(folder: folder) })"
            }
        }
        #expect(
            try failure(vocabulary: "{}", merges: "").hasSuffix("vocab.json: <s>: expected a token, found no such key"))
        #expect(
            try failure(vocabulary: #"{"<s>": -1}"#, merges: "").hasSuffix(
                "<s>: expected a whole number from 0, found -1"))
        let vocabulary = try String(contentsOf: Fixture.url("tokenizer/vocab.json"), encoding: .utf8)
        #expect(
            try failure(vocabulary: vocabulary, merges: "#version: 0.2\na l\r\nx y z\n").hasSuffix("found \"x y z\""))
        #expect(throws: CheckpointError.self) { try Tokenizer(folder: URL(filePath: "/nowhere")) }
    }
}
