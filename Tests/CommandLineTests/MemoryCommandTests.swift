import Foundation
import TestSupport
import Testing

/// What the program says of a model's memory.
@Suite struct MemoryCommandTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try FileManager.default.copyItem(at: Fixture.url("default-like"), to: workplace.url("model"))
        try SmallMemory(width: 24).write(into: workplace.url("model"))
    }

    private func generate(_ prompt: String, _ more: String...) throws -> Program.Outcome {
        try Program.run(
            [
                "generate", prompt, "-o", "out.wav", "--model", "model", "--steps", "2", "--takes", "1", "--duration",
                "0.3",
            ]
                + ["--force"] + more,
            in: workplace.folder.url)
    }

    @Test func theFactsNameIt() throws {
        let outcome = try workplace.run("info", "--model", "model")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("\nmemory            the sounds of 3 captions, found by 5 words\n"))
    }

    @Test func theReportSaysWhatAPromptSoundsLike() throws {
        let outcome = try generate("rain")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output.contains(#/\n'rain' sounds like: rain falling \(9\d %\), .* \(\d %\)\n/#),
            "\(outcome.output)")
        let far = try generate("xyzzy")
        #expect(
            far.output.contains(
                "\nnote: Nothing that the model remembers is near 'xyzzy': its text tower alone says what is heard.\n"))
    }

    @Test func programsAreToldToo() throws {
        let outcome = try generate("rain", "--report", "json")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let remembered = try #require(report["remembered"] as? [[String: Any]])
        #expect(remembered.count == 1 && remembered[0]["prompt"] as? String == "rain")
        let captions = try #require(remembered[0]["captions"] as? [[String: Any]])
        #expect(captions.first?["caption"] as? String == "rain falling")
        #expect((captions.first?["share"] as? Double ?? 0) > 0.9)
    }

    @Test func itCanBeLeftOut() throws {
        let outcome = try generate("rain", "--no-memory", "--recipe")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!outcome.output.contains("sounds like") && !outcome.output.contains("note: Nothing"))
        let told = try workplace.bytes("out.wav")
        #expect(try String(contentsOf: workplace.url("out.wav.json"), encoding: .utf8).contains(#""memory" : false"#))
        let replayed = try workplace.run("replay", "out.wav.json", "-o", "again.wav", "--quiet")
        #expect(replayed.status == 0, "\(replayed.errors)")
        let isSame = try workplace.bytes("again.wav") == told
        #expect(isSame)
        _ = try generate("rain")
        let isOther = try workplace.bytes("out.wav") != told
        #expect(isOther)
    }

    @Test func whatIsWrongWithItIsSaidInOneLine() throws {
        try Data("[]".utf8).write(to: workplace.url("model").appending(path: "memory/captions.json"))
        let outcome = try generate("rain")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasSuffix("model/memory/captions.json: expected at least one entry, found none\n"))
        // Without it, it is not looked at.
        #expect(try generate("rain", "--no-memory").status == 0)
    }
}
