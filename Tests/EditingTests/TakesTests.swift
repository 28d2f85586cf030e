import Core
import Editing
import Foundation
import TestSupport
import Testing

@Suite struct TakesTests {
    @Test func takesAreRankedAndCanBeMadeAgain() throws {
        let editor = try JobFixture.editor()
        let source = Waveform(channels: JobFixture.sound(seconds: 3, rate: 16_000, channels: 2), rate: 16_000)
        let request = try Inpaint(
            regions: [Region(start: 1, end: 1.5)], strength: 0.8,
            settings: Settings(for: Inpaint.self, seed: 5, steps: 10))
        var fractions: [Double] = []
        let takes = try editor.takes(3, of: request, from: source) { event in
            if case .progress(let progress) = event { fractions.append(progress.fraction) }
        }
        #expect(takes.map(\.score) == takes.map(\.score).sorted(by: >))
        #expect(Set(takes.map { $0.request.settings.seed }) == [5, 6, 7])
        #expect(fractions == fractions.sorted() && fractions.last == 1)
        let again = try editor.takes(3, of: request, from: source)
        #expect(again.map(\.score) == takes.map(\.score))
        #expect(throws: EditingError.self) { try editor.takes(0, of: request, from: source) }
    }

    /// Jobs that leave nothing of the source in place are judged too.
    @Test func everyJobHasTakes() throws {
        let editor = try JobFixture.editor()
        let source = Waveform(channels: JobFixture.sound(seconds: 2, rate: 16_000, channels: 1), rate: 16_000)
        let restyled = try editor.takes(
            2, of: Restyle(condition: Condition(prompt: "rain"), settings: Settings(for: Restyle.self, steps: 4)),
            from: source)
        #expect(restyled.count == 2 && restyled.allSatisfy { $0.score.isFinite })
        let made = try editor.takes(
            2,
            of: Generate(
                duration: 1, takes: 1, condition: Condition(prompt: "rain"),
                settings: Settings(for: Generate.self, steps: 4)))
        #expect(made.count == 2 && made.allSatisfy { $0.score.isFinite })
    }
}
