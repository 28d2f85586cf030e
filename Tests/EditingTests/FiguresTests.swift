import Core
import Editing
import Foundation
import TestSupport
import Testing

/// The figures of a report are those of the samples that were written.
@Suite struct FiguresTests {
    private let rate = 16_000
    private let editor: Editor

    init() throws { editor = try JobFixture.editor() }

    private func level(_ channels: [[Float]], _ frames: Range<Int>) -> Double {
        let power = channels.map { samples -> Double in
            let part = samples[frames].map(Double.init)
            let mean = part.reduce(0, +) / Double(part.count)
            return part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(part.count)
        }
        return 10 * log10(power.reduce(0, +) / Double(power.count))
    }

    @Test func levelsPeakAndEdgesAreThoseOfTheResult() throws {
        let sound = Waveform(channels: JobFixture.sound(seconds: 12, rate: rate, channels: 2), rate: rate)
        let request = try Inpaint(
            regions: [Region(start: 3, end: 3.5), Region(start: 4, end: 4.02), Region(start: 8, end: 9)],
            settings: Settings(for: Inpaint.self, steps: 10))
        let destination = WaveformDestination()
        let report = try editor.perform(request, from: sound, to: destination)
        let result = try #require(destination.waveform)
        let places = [48_000..<56_000, 64_000..<64_320, 128_000..<144_000]
        let around = [
            (16_000..<48_000, 56_000..<64_000), (56_000..<64_000, 64_320..<96_320),
            (96_000..<128_000, 144_000..<176_000),
        ]
        #expect(report.edits.count == 3)
        for (edit, (place, sides)) in zip(report.edits, zip(places, around)) {
            let figures = try #require(edit.figures)
            #expect(abs(try #require(figures.level) - level(result.channels, place)) < 0.01)
            #expect(abs(try #require(figures.levelBefore) - level(sound.channels, sides.0)) < 0.01)
            #expect(abs(try #require(figures.levelAfter) - level(sound.channels, sides.1)) < 0.01)
            let peak = result.channels.map { $0[place].map(abs).max() ?? 0 }.max() ?? 0
            #expect(abs(try #require(figures.peak) - 20 * log10(Double(peak))) < 0.01)
            #expect(figures.distance == nil && figures.similarity == nil)
            let seams = try [#require(figures.seamAtStart), #require(figures.seamAtEnd)]
            if let worst = edit.seam { #expect(abs((seams.max() ?? 0) - worst) < 3) }
        }
    }

    @Test func aRestylingIsHeldAgainstItsSourceAndPrompt() throws {
        let sound = Waveform(channels: JobFixture.sound(seconds: 4, rate: rate, channels: 1), rate: rate)
        var distances: [Double] = []
        for strength in [0.2, 1] {
            let request = try Restyle(
                strength: strength, regions: [Region(start: 1, end: 3)], keep: .none,
                condition: Condition(prompt: "rain"),
                settings: Settings(for: Restyle.self, steps: 10))
            let report = try editor.perform(request, from: sound, to: WaveformDestination())
            let figures = try #require(report.edits.first?.figures)
            distances.append(try #require(figures.distance))
            #expect((-1...1).contains(try #require(figures.similarity)))
        }
        // The model of the tests knows no sounds: a step of it leads far away.
        #expect(distances.allSatisfy { $0 > 1 && $0 < 100 }, "\(distances)")
    }

    @Test func aNewSoundHasFiguresOfItsOwn() throws {
        let request = try Generate(
            duration: 2, takes: 1, condition: Condition(prompt: "rain"),
            settings: Settings(for: Generate.self, steps: 5))
        let destination = WaveformDestination()
        let report = try editor.perform(request, to: destination)
        let samples = try #require(destination.waveform).channels
        let figures = try #require(report.figures)
        #expect(abs(try #require(figures.level) - level(samples, 0..<samples[0].count)) < 0.01)
        #expect(figures.levelBefore == nil && figures.seamAtStart == nil && figures.similarity != nil)
    }
}
