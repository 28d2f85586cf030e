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
        (#"{"channels": [1, 2.5], "scale": 1}"#, "config.json: not valid JSON"),
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
        (#"{"channels": []"#, "config.json: not valid JSON"),
        ("", "config.json: not valid JSON"),
    ])
    func errorsNameTheFileAndTheKey(text: String, message: String) throws {
        let error = try #require(throws: CheckpointError.self) { try load(text) }
        #expect("\(error)".contains(message), "\(error)")
    }

    @Test func aMissingFileIsNamed() throws {
        let url = URL(filePath: "/nowhere/config.json")
        let error = try #require(throws: CheckpointError.self) { try JSONFile.load([Int].self, from: url) }
        #expect("\(error)" == "/nowhere/config.json: cannot be read: there is no such file")
    }
}
