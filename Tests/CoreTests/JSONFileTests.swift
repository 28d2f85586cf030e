import Core
import Foundation
import TestSupport
import Testing

private struct Configuration: Decodable, Equatable {
    let channels: [Int]
    let scale: Float
    let name: String?
    let inner: Inner?

    struct Inner: Decodable, Equatable {
        let active: Bool
    }
}

@Suite struct JSONFileTests {
    private func load(_ text: String) throws -> Configuration {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "config.json")
            try Data(text.utf8).write(to: url)
            return try JSONFile.load(from: url)
        }
    }

    @Test func valuesAreDecoded() throws {
        let expected = Configuration(channels: [1, 2], scale: 0.5, name: nil, inner: .init(active: true))
        #expect(
            try load(#"{"channels": [1, 2], "scale": 0.5, "name": null, "inner": {"active": true}, "other": 1}"#)
                == expected)
        #expect(try load(#"{"channels": [], "scale": -Infinity}"#).scale == -.infinity)
    }

    @Test(arguments: [
        (#"{"scale": 1}"#, "config.json: channels: expected a value, found no such key"),
        (#"{"channels": 3, "scale": 1}"#, "config.json: channels: expected a list, found 3"),
        (#"{"channels": [1, "x"], "scale": 1}"#, #"config.json: channels.1: expected a whole number, found "x""#),
        (#"{"channels": [1, 2.5], "scale": 1}"#, "config.json: channels.1: expected a whole number, found 2.5"),
        (#"{"channels": [], "scale": null}"#, "config.json: scale: expected a number, found null"),
        (
            #"{"channels": [], "scale": 1, "name": {"a": [true]}}"#,
            #"config.json: name: expected a text, found {"a": [true]}"#
        ),
        (
            #"{"channels": [], "scale": 1, "inner": {"active": 1}}"#,
            "config.json: inner.active: expected true or false, found 1"
        ),
        (#"{"channels": [], "scale": 1, "inner": 4}"#, "config.json: inner: expected an object, found 4"),
        ("{\n\"channels\": [],\n}", "config.json: not valid JSON: line 3: expected a key, found \"}\""),
        (
            "{\"channels\": [1,\n2",
            "config.json: not valid JSON: line 2: expected a comma or ], found the end of the file"
        ),
        (#"{"a": "\x"}"#, "line 1: expected an escape"),
        (#"{"a": "\u12g4"}"#, "line 1: expected four hexadecimal digits"),
        (#"{"a": -}"#, "line 1: expected a number, found -"),
        (#"{"a": nul}"#, "line 1: expected null"),
        (#"{} {}"#, "line 1: expected the end of the file"),
        (#"{"a": 1, "a": 2}"#, "the key a is there twice"),
        (String(repeating: "[", count: 100_000), "expected at most 100 levels"),
        ("", "config.json: not valid JSON: line 1: expected a value, found the end of the file"),
    ])
    func errorsNameTheFileAndTheKey(text: String, message: String) throws {
        let error = try #require(throws: CheckpointError.self) { try load(text) }
        #expect("\(error)".contains(message), "\(error)")
    }

    @Test func everyFormOfValueIsParsed() throws {
        let text = #"["\u00e9\ud83d\ude00\n\"\\\/", "é😀", "\ud83d", -0.5e3, 15000000000000000000, NaN, {}, [], false]"#
        let value = try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "values.json")
            try Data(text.utf8).write(to: url)
            return try JSONFile.load(Mixed.self, from: url)
        }
        #expect(value.texts == ["é😀\n\"\\/", "é😀", "\u{fffd}"])
        #expect(value.numbers[0] == -500 && value.numbers[1] == 1.5e19 && value.numbers[2].isNaN)
    }

    private struct Mixed: Decodable {
        var texts: [String] = []
        var numbers: [Double] = []

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            for _ in 0..<3 { texts.append(try list.decode(String.self)) }
            for _ in 0..<3 { numbers.append(try list.decode(Double.self)) }
            #expect(try list.decode([String: Int].self).isEmpty)
            #expect(try list.decode([Int].self).isEmpty)
            #expect(try list.decode(Bool.self) == false && list.isAtEnd)
        }
    }

    @Test func aMissingFileIsNamed() throws {
        let url = URL(filePath: "/nowhere/config.json")
        let error = try #require(throws: CheckpointError.self) { try JSONFile.load([Int].self, from: url) }
        #expect("\(error)" == "/nowhere/config.json: cannot be read: there is no such file")
    }
}
