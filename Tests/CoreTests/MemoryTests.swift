import Foundation
import TestSupport
import Testing

@testable import Core

/// The memory of a model against the reference of the look-up (Tests/Fixtures/make_memory.py), and what is wrong with one.
@Suite struct MemoryTests {
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    /// What the reference makes of a prompt.
    private struct Expected: Decodable {
        struct Neighbour: Decodable {
            let caption: String
            let share: Float

            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                caption = try list.decode(String.self)
                share = try list.decode(Float.self)
            }
        }

        let prompt: String
        let blend: Double?
        let parts: [String]
        let nearness: Float
        let found: [Neighbour]
        let condition: [Float]

        private enum CodingKeys: String, CodingKey {
            case prompt, blend, parts, found, condition
            case nearness = "nearness_of_whole"
        }
    }

    /// The bundled model's folder with another memory beside its parts.
    private func model(_ name: String = "model") throws -> URL {
        let bundled = try #require(Model.bundledFolder)
        let folder = place.file(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for part in try FileManager.default.contentsOfDirectory(atPath: bundled.path) where part != "memory" {
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: part), withDestinationURL: bundled.appending(path: part))
        }
        return folder
    }

    private func check(_ model: Model, _ expected: [Expected]) throws {
        let memory = try #require(try model.memory())
        let (tower, tokenizer) = (try model.textEncoder(), try model.tokenizer())
        for row in expected {
            let finding = memory.find(row.prompt) { text in
                let said = tower(tokenizer.encode(text, maximumLength: tower.configuration.maximumTokens))
                return Tensor(said.elements.unitLength, shape: said.shape)
            }
            let name = "'\(row.prompt)' blended by \(row.blend ?? 0)"
            #expect(memory.parts(of: row.prompt) == row.parts, "\(name)")
            #expect(
                mismatch(finding.vector, Tensor(row.condition, shape: [1, 512]), absolute: 2e-4) == nil, "\(name)")
            #expect(finding.neighbours.map(\.caption) == row.found.map(\.caption), "\(name)")
            let apart = zip(finding.neighbours, row.found).map { abs($0.share - $1.share) }.max() ?? 0
            #expect(apart < 1e-3, "\(name)")
            if row.parts.count < 2 { #expect(abs(finding.nearness - row.nearness) < 1e-3, "\(name)") }
        }
    }

    @Test func promptsFindWhatTheReferenceFinds() throws {
        let fixture = Fixture.url("memory")
        let expected = try JSONDecoder().decode(
            [Expected].self, from: Data(contentsOf: fixture.appending(path: "expected.json")))
        #expect(Set(expected.map { $0.found.isEmpty }) == [true, false])
        #expect(Set(expected.compactMap(\.blend)) == [0, 0.25])
        for (blend, rows) in Dictionary(grouping: expected, by: { $0.blend ?? 0 }) {
            let folder = try model("\(blend)")
            let memory = folder.appending(path: "memory")
            try FileManager.default.copyItem(at: fixture, to: memory)
            let config = memory.appending(path: "config.json")
            let text = try String(contentsOf: config, encoding: .utf8)
            try text.replacing("{", with: "{\"blend\": \(blend),", maxReplacements: 1)
                .write(to: config, atomically: true, encoding: .utf8)
            try check(Model(at: folder), rows)
        }
    }

    /// Not before a memory ships with the bundled model.
    @Test(.enabled(if: Model.bundledFolder.map { Model.hasMemory(in: $0) } ?? false))
    func theBundledMemoryFindsWhatTheReferenceFinds() throws {
        let file = Fixture.url("bundled/memory-expected.json")
        try check(
            Model(at: #require(Model.bundledFolder)),
            JSONDecoder().decode([Expected].self, from: Data(contentsOf: file)))
    }

    @Test func aModelWithoutAMemoryHasNone() throws {
        let model = try Model(at: Fixture.url("default-like"))
        #expect(try model.memory() == nil)
        #expect(try model.facts().memory == nil)
    }

    // MARK: - A small one

    /// The small model of the tests with a memory.
    private func small(_ change: (inout SmallMemory) -> Void = { _ in }) throws -> Model {
        let folder = place.file("small-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: Fixture.url("default-like"), to: folder)
        var memory = SmallMemory(width: 24)
        change(&memory)
        try memory.write(into: folder)
        return try Model(at: folder)
    }

    private func find(_ prompt: String, in memory: Memory) -> [String] {
        memory.find(prompt) { _ in Tensor([1] + [Float](repeating: 0, count: 23), shape: [1, 24]) }.neighbours.map(
            \.caption)
    }

    @Test func wordsAreKnownWithTheirEndings() throws {
        let memory = try #require(try small().memory())
        #expect(find("Dogs!", in: memory).first == "a dog barking")
        #expect(find("a raining", in: memory).first == "rain falling")
        #expect(find("barked", in: memory).first == "a dog barking")
        #expect(find("the of a", in: memory) == [])
        #expect(find("ing s ed", in: memory) == [])
        #expect(find("", in: memory) == [])
    }

    @Test func partsCountAlike() throws {
        let memory = try #require(try small { $0.configuration["neighbours"] = 1 }.memory())
        #expect(memory.parts(of: "rain, a piano AND the dog with") == ["rain", "a piano", "the dog"])
        #expect(find("rain and a piano", in: memory) == ["rain falling", "a piano"])
        let finding = memory.find("rain and a piano") { _ in
            Tensor([1] + [Float](repeating: 0, count: 23), shape: [1, 24])
        }
        #expect(finding.neighbours.map(\.share) == [0.5, 0.5])
        let length = finding.vector.elements.reduce(0) { $0 + $1 * $1 }
        #expect(abs(length - 1) < 1e-5)
    }

    @Test func moreNeighboursThanCaptionsAreAll() throws {
        let memory = try #require(try small { $0.configuration["neighbours"] = 1000 }.memory())
        #expect(Set(find("rain", in: memory)) == ["a dog barking", "rain falling", "a piano"])
    }

    @Test func itIsReadOnce() throws {
        let model = try small()
        #expect(try model.memory() != nil)
        try FileManager.default.removeItem(at: model.location.appending(path: "memory"))
        #expect(try model.memory()?.captions.count == 3)
    }

    // MARK: - What is wrong with one

    private func message(_ change: (inout SmallMemory) -> Void) -> String {
        do {
            let model = try small(change)
            _ = try model.memory()
            return "no error"
        } catch {
            return "\(error)".replacing(#/.*/memory/#, with: "memory")
        }
    }

    @Test func whatIsImpossibleInTheConfigurationIsNamed() {
        #expect(
            message { $0.configuration["neighbours"] = 0 }
                == "memory/config.json: neighbours: expected a whole number of at least 1, found 0")
        #expect(
            message { $0.configuration["sharpness"] = -1 }
                == "memory/config.json: sharpness: expected a number from 0 to 1000, found -1")
        #expect(
            message { $0.configuration["fallback"] = nil }
                == "memory/config.json: fallback: expected a value, found no such key")
        #expect(
            message { $0.configuration["blend"] = 1.5 }
                == "memory/config.json: blend: expected a number from 0 to 1, found 1.5")
        #expect(
            message { $0.configuration["separators"] = ["and then"] }
                == "memory/config.json: separators: expected words in lower case, commas and semicolons, found [\"and then\"]"
        )
        #expect(
            message { $0.configuration["ignored"] = ["Über"] }
                == "memory/config.json: ignored: expected words of a-z and 0-9, found [\"Über\"]")
    }

    @Test func whatDoesNotFitTogetherIsNamed() {
        #expect(
            message { $0.captions.append("a fourth") }
                == "memory/vectors.safetensors: text: expected shape [4, 24], found [3, 24]: the weights do not fit config.json"
        )
        #expect(
            message { $0.captions[1] = "a piano" } == "memory/captions.json: 2: \"a piano\" is there twice")
        #expect(
            message { $0.captions = [] } == "memory/captions.json: expected at least one entry, found none")
        #expect(
            message { $0.words[0] = "Bark" }
                == "memory/words.json: 0: expected a word of a-z and 0-9, found \"Bark\"")
        #expect(
            message { $0.tensors["word"]?.shape = [25] }
                == "memory/vectors.safetensors: word: expected a tensor of 5 rows of at most 4096 numbers, found shape [25]"
        )
        #expect(
            message { $0.tensors["word"] = nil }
                == "memory/vectors.safetensors: word: expected a tensor of 5 rows of at most 4096 numbers, found none")
        #expect(
            message { $0.tensors["sound"]?.type = "U8" }
                == "memory/vectors.safetensors: sound: expected I8 elements, row by row, found U8")
        #expect(
            message { memory in
                for index in 24..<48 { memory.tensors["sound"]?.bytes[index] = 0 }
            }
                == "memory/vectors.safetensors: sound: row 1 is all zeros, where a direction is expected")
        #expect(
            message { $0.tensors["more"] = ("I8", [1], [1]) }
                == "memory/vectors.safetensors: 1 tensor that config.json does not account for: more")
        let narrow = message { memory in
            memory.tensors["text"] = nil
            memory.tensors["sound"]?.shape = [3, 23]
        }
        #expect(narrow == "memory/vectors.safetensors: sound: shape [3, 23] of I8 does not fill 72 bytes")
    }
}

extension Model {
    fileprivate static func hasMemory(in folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: "memory/config.json").path)
    }
}
