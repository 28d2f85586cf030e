import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

/// What a user would wonder about is said in the report.
@Suite struct NotesTests {
    private let sound = Waveform(channels: JobFixture.sound(seconds: 1, rate: 16_000, channels: 1), rate: 16_000)

    private func notes(_ request: some EditRequest, on source: Waveform? = nil) throws -> [String] {
        try JobFixture.editor().perform(request, from: source ?? sound, to: WaveformDestination()).notes
    }

    @Test func aStrengthThatDoesNothingIsSaid() throws {
        let settings = try Settings(for: Restyle.self, steps: 10)
        let rain = Condition(prompt: "rain")
        #expect(
            try notes(Restyle(strength: 0, condition: rain, settings: settings)) == [
                "Nothing was changed: strength 0 keeps the sound as it is."
            ])
        #expect(try notes(Restyle(strength: 0.05, condition: rain, settings: settings)) == [])
    }

    @Test func aPromptThatIsTooLongIsSaid() throws {
        let settings = try Settings(for: Generate.self, steps: 1)
        let long = (0..<200).map { "rain\($0)" }.joined(separator: " ")
        func notes(_ condition: Condition) throws -> [String] {
            try JobFixture.editor().perform(
                Generate(duration: 0.2, takes: 1, condition: condition, settings: settings), from: nil,
                to: WaveformDestination()
            ).notes
        }
        #expect(try notes(Condition(prompt: "rain on a roof")) == [])
        let found = try notes(Condition(prompt: long))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("The prompt is longer than the model reads: only its first ") == true)
        #expect(found.first?.contains("up to \u{201C}rain") == true)
        #expect(
            try notes(Condition(prompt: "rain", negativePrompt: long)).first?.hasPrefix("The negative prompt is")
                == true)
    }

    @Test func aSampleThatIsNoSoundIsTheSourcesFault() throws {
        var broken = sound.channels[0]
        broken[8000] = 1e30
        let source = Waveform(channels: [broken], rate: 16_000)
        let expected = AudioError.immense(file: "the sound", channel: 0, atSeconds: 0.5, value: 1e30)
        #expect(throws: expected) {
            try JobFixture.editor().perform(
                Restyle(condition: Condition(prompt: "rain")), from: source, to: WaveformDestination())
        }
    }
}
