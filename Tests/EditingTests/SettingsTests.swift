import Core
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
        #expect(flaw { try Settings(for: Inpaint.self) } == nil)
        #expect(flaw { try Settings(for: Inpaint.self, steps: 0) } == "steps: 1 to 1000 expected, found 0")
        #expect(flaw { try Settings(for: Inpaint.self, guidance: -1) } == "guidance: 0 to 100 expected, found -1.0")
        #expect(flaw { try Settings(for: Inpaint.self, guidance: .nan) } == "guidance: 0 to 100 expected, found nan")
        #expect(flaw { try Settings(for: Inpaint.self, sampler: .ddim, eta: 2) } == "eta: 0 to 1 expected, found 2.0")
        #expect(
            flaw { try Settings(for: Inpaint.self, sampler: .dpmSolver, eta: 0.5) }
                == "eta: 0 with the sampler dpm++ expected, found 0.5")
        #expect(flaw { try Settings(for: Inpaint.self, passes: 0) } == "passes: 1 to 50 expected, found 0")
    }

    /// What nobody set follows a prompt or an example, whether a request is made or read.
    @Test func aPromptIsGuidedTowards() throws {
        let regions = [Region(start: 1, end: 2)]
        let rain = Condition(prompt: "rain")
        let like = try Condition(like: Likeness([Likeness.Example(name: "rain.wav")]))
        for (condition, guidance) in [
            (Condition(), 1.0), (Condition(negativePrompt: "speech"), 1), (rain, 2.5), (like, 2.5),
        ] {
            #expect(try Inpaint(regions: regions, condition: condition).settings.guidance == guidance)
            #expect(try Extend(after: 1, condition: condition).settings.guidance == guidance)
            #expect(try Loop(condition: condition).settings.guidance == guidance)
        }
        #expect(try Restyle(condition: rain).settings.guidance == 12)
        #expect(try Restyle(condition: rain).settings.guidanceInterval == 0...4)
        let everywhere = try Settings(for: Restyle.self, guidanceInterval: 0...1000)
        #expect(try Restyle(condition: rain, settings: everywhere).settings.guidanceInterval == 0...1000)
        for (settings, guidance) in [
            ("", 2.5), (#", "settings": {"seed": 3}"#, 2.5), (#", "settings": {"guidance": 1}"#, 1),
        ] {
            let text = #"{"regions": [{"start": 1, "end": 2}], "condition": {"prompt": "rain"}"# + settings + "}"
            let request = try JSONDecoder().decode(Inpaint.self, from: Data(text.utf8))
            #expect(request.settings.guidance == guidance)
        }
    }

    /// Each setting of the sampler reaches the loop, and changes what comes out of it.
    @Test func theSamplerDoesWhatTheSettingsSay() throws {
        let editor = try JobFixture.editor()
        let source = Waveform(channels: JobFixture.sound(seconds: 2, rate: 16_000, channels: 1), rate: 16_000)
        func fill(_ settings: Settings) throws -> (sound: Waveform, calls: Int) {
            let destination = WaveformDestination()
            let report = try editor.perform(
                Inpaint(
                    regions: [Region(start: 0.8, end: 1.2)], condition: Condition(prompt: "calm piano music"),
                    settings: settings), from: source, to: destination)
            return (try #require(destination.waveform), report.networkCalls)
        }
        let plain = try fill(Settings(for: Inpaint.self, steps: 6))
        let others = [
            try fill(Settings(for: Inpaint.self, steps: 6, eta: 0.5)),
            try fill(Settings(for: Inpaint.self, steps: 6, eta: 1)),
            try fill(Settings(for: Inpaint.self, steps: 6, passes: 3)),
            try fill(Settings(for: Inpaint.self, steps: 6, sampler: .dpmSolver)),
            try fill(Settings(for: Inpaint.self, steps: 6, guidance: 3)),
            try fill(Settings(for: Inpaint.self, steps: 6, guidance: 3, guidanceInterval: 0.5...2)),
            try fill(Settings(for: Inpaint.self, seed: 1, steps: 6)),
        ]
        #expect(plain.calls == 6)
        #expect(others.map(\.calls) == [6, 6, 18, 6, 6, 6, 6])
        let areDifferent = Set(([plain] + others).map { $0.sound.channels[0] }).count == 1 + others.count
        #expect(areDifferent)
        // Guidance at no noise level that is visited is none.
        let never = try fill(Settings(for: Inpaint.self, steps: 6, guidance: 3, guidanceInterval: 1e8...1e9))
        let isPlain = never.sound == plain.sound
        #expect(isPlain)
        let again = try fill(Settings(for: Inpaint.self, steps: 6, eta: 1)).sound == others[1].sound
        #expect(again)
    }
}
