import Core
import Editing
import Foundation
import TestSupport
import Testing

/// Edits by a model with a memory.
@Suite struct MemoryEditTests {
    private let place: TemporaryFolder
    private let editor: Editor

    init() throws {
        place = try TemporaryFolder()
        let folder = place.file("model")
        try FileManager.default.copyItem(at: JobFixture.model, to: folder)
        try SmallMemory(width: 24).write(into: folder)
        editor = try Editor(model: folder)
    }

    private func request(_ condition: Condition) throws -> Generate {
        try Generate(
            duration: 0.3, takes: 1, condition: condition, settings: Settings(for: Generate.self, steps: 3))
    }

    private func made(_ editor: Editor, _ condition: Condition) throws -> (Waveform, EditReport) {
        let destination = WaveformDestination()
        let report = try editor.perform(request(condition), to: destination)
        return (try #require(destination.waveform), report)
    }

    @Test func promptsAreLookedUpAndTheReportSaysWhatWasFound() throws {
        let (_, report) = try made(editor, Condition(prompt: "rain", negativePrompt: "dogs"))
        #expect(report.remembered.map(\.prompt) == ["rain", "dogs"])
        #expect(report.remembered.map { $0.captions.first?.caption } == ["rain falling", "a dog barking"])
        let shares = report.remembered[0].captions.map(\.share)
        #expect(abs(shares.reduce(0, +) - 1) < 1e-5 && shares == shares.sorted(by: >))
        #expect(report.notes.isEmpty)
    }

    @Test func withoutItTheTextTowerSpeaks() throws {
        let plain = try JobFixture.editor()
        let (remembered, _) = try made(editor, Condition(prompt: "rain"))
        let (told, report) = try made(editor, Condition(prompt: "rain", usesMemory: false))
        let (expected, _) = try made(plain, Condition(prompt: "rain"))
        #expect(report.remembered.isEmpty)
        let isTower = told == expected
        let isMemory = remembered == expected
        #expect(isTower && !isMemory)
    }

    @Test func whatIsFarFromEverythingIsLeftToTheTextTower() throws {
        let (made, report) = try made(editor, Condition(prompt: "xyzzy"))
        let (expected, _) = try self.made(JobFixture.editor(), Condition(prompt: "xyzzy"))
        let isTower = made == expected
        #expect(isTower)
        #expect(report.remembered.map(\.captions) == [[]])
        #expect(
            report.notes == [
                "Nothing that the model remembers is near 'xyzzy': its text tower alone says what is heard."
            ])
    }

    @Test func withoutAPromptNothingIsLookedUp() throws {
        let sound = Waveform(channels: JobFixture.sound(seconds: 1, rate: 16_000, channels: 1), rate: 16_000)
        let request = try Inpaint(
            regions: [Region(start: 0.4, end: 0.6)], settings: Settings(for: Inpaint.self, steps: 10))
        let report = try editor.perform(request, from: sound, to: WaveformDestination())
        #expect(report.remembered.isEmpty)
    }

    @Test func requestsOfBeforeUseIt() throws {
        let text = #"{"version": 1, "job": "generate", "duration": 1, "condition": {"prompt": "rain"}}"#
        #expect(try RequestDocument.request(from: Data(text.utf8)).condition == Condition(prompt: "rain"))
        #expect(Condition(prompt: "rain").usesMemory)
        let off = #"{"version": 1, "job": "generate", "duration": 1, "condition": {"memory": false}}"#
        #expect(try !RequestDocument.request(from: Data(off.utf8)).condition.usesMemory)
    }
}
