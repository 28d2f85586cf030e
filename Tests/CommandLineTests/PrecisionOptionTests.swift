import Foundation
import TestSupport
import Testing

/// What `--precision` takes, keeps and says.
@Suite struct PrecisionOptionTests {
    let workplace: Workplace

    init() throws {
        workplace = try Workplace()
    }

    /// Generates a second without a prompt's help, and gives the bytes, the recipe and what was said.
    private func generate(_ name: String, _ words: String..., set: String? = nil) throws -> (
        bytes: Data, recipe: String, output: String
    ) {
        let outcome = try Program.run(
            (set.map { ["RETOUCH_INSTRUCTION_SET=\($0)"] } ?? []) + [
                Program.path, "generate", "rain", "-o", "\(name).wav", "--duration", "0.5", "--steps", "2", "--takes",
                "1",
                "--recipe",
            ] + words, in: workplace.url("."), program: "/usr/bin/env")
        #expect(outcome.status == 0, "\(outcome.errors)")
        return (
            try Data(contentsOf: workplace.url("\(name).wav")),
            try String(contentsOf: workplace.url("\(name).wav.json"), encoding: .utf8), outcome.output
        )
    }

    @Test func theRecipeKeepsWhatWasTakenAndGivesItAgain() throws {
        let exact = try generate("exact", "--precision", "float32")
        let near = try generate("near", "--precision", "bfloat16")
        #expect(!exact.recipe.contains("\"precision\""))
        #expect(near.recipe.contains(/"precision" ?: ?"bfloat16"/))
        #expect(exact.bytes != near.bytes)
        for (name, bytes) in [("exact", exact.bytes), ("near", near.bytes)] {
            let again = try workplace.run("replay", "\(name).wav.json", "-o", "\(name)-again.wav")
            #expect(again.status == 0, "\(again.errors)")
            #expect(try Data(contentsOf: workplace.url("\(name)-again.wav")) == bytes)
        }
    }

    /// Native where the processor has it, said where not; `auto` takes it only where it is.
    @Test func whereItIsNotNativeTheReportSaysSo() throws {
        let note = "This processor has no products of bfloat16"
        let portable = try generate("portable", "--precision", "bfloat16", set: "portable")
        #expect(portable.output.contains(note))
        let automatic = try generate("automatic", set: "portable")
        #expect(!automatic.output.contains(note) && !automatic.recipe.contains("\"precision\""))
    }

    @Test func otherWordsAreRefused() throws {
        let outcome = try workplace.run("generate", "rain", "-o", "a.wav", "--precision", "float16")
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("auto, float32, bfloat16"))
    }
}
