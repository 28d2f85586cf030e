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
}
