import Editing
import Foundation
import TestSupport
import Testing

@Suite struct SettingsTests {
    @Test func rangesAreNamed() {
        func flaw(_ make: () throws -> Settings) -> String? {
            do {
                _ = try make()
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(flaw { try Settings(for: .inpaint) } == nil)
        #expect(flaw { try Settings(for: .inpaint, steps: 0) } == "--steps: 1 to 1000 expected, found 0")
        #expect(flaw { try Settings(for: .inpaint, guidance: -1) } == "--guidance: 0 to 100 expected, found -1.0")
        #expect(flaw { try Settings(for: .inpaint, guidance: .nan) } == "--guidance: 0 to 100 expected, found nan")
        #expect(flaw { try Settings(for: .inpaint, sampler: .ddim, eta: 2) } == "--eta: 0 to 1 expected, found 2.0")
        #expect(
            flaw { try Settings(for: .inpaint, sampler: .dpmSolver, eta: 0.5) }
                == "--eta: 0 with --sampler dpm++ expected, found 0.5")
        #expect(flaw { try Settings(for: .inpaint, resampling: 0) } == "--resampling: 1 to 50 expected, found 0")
    }

    @Test func aRecipeComesBackFromItsFile() throws {
        try Fixture.withTemporaryFolder { folder in
            let recipe = Recipe(
                job: .restyle,
                settings: try Settings(for: .restyle, prompt: "rain", negativePrompt: "music", seed: .max),
                model: "models/s", source: "a.wav", output: "b.wav", regions: [Region(start: 0.1, end: 2.25)],
                strength: 0.4)
            let file = folder.appending(path: "recipe.json")
            try recipe.write(to: file)
            #expect(try Recipe(contentsOf: file) == recipe)
            // A setting out of its range is found in a file as well.
            let text = try String(contentsOf: file, encoding: .utf8).replacing("\"steps\" : 25", with: "\"steps\" : 0")
            try text.write(to: file, atomically: true, encoding: .utf8)
            #expect(throws: EditingError.self) { try Recipe(contentsOf: file) }
        }
    }

    @Test func aRecipeIsDoneAgain() throws {
        try Fixture.withTemporaryFolder { folder in
            let editor = try JobFixture.editor()
            let output = folder.appending(path: "a.wav")
            var recipe = Recipe(
                job: .generate, settings: try Settings(for: .generate, prompt: "calm piano music", seed: 3, steps: 2),
                output: output.path, duration: 0.5)
            _ = try editor.perform(recipe)
            let first = try Data(contentsOf: output)
            _ = try editor.generate(
                duration: 0.5, to: output, settings: recipe.settings, writing: OutputOptions(overwrites: true))
            #expect(try Data(contentsOf: output) == first)
            recipe.duration = nil
            #expect(throws: EditingError.recipeLacks(name: "duration", job: .generate)) { try editor.perform(recipe) }
        }
    }
}
