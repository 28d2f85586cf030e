import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

/// Nothing that is made is held to full scale sample by sample: it is made softer.
@Suite struct FullScaleTests {
    private let editor: Editor

    init() throws { editor = try JobFixture.editor() }

    private func peak(_ channels: [[Float]]) -> Float { channels.joined().reduce(0) { max($0, abs($1)) } }

    /// Samples that lie at the loudest value, next to another one that does: what clipping leaves.
    private func flat(_ channels: [[Float]]) -> Int {
        let top = peak(channels)
        return channels.reduce(0) { sum, samples in
            sum + zip(samples, samples.dropFirst()).count { abs($0.0) == top && $0.0 == $0.1 }
        }
    }

    /// A stretch of a file that is nothing but loud next to one that is soft: what is made of the loud one stays below it.
    @Test(arguments: [0.3, 1 as Float]) func whatARestylingMakesStaysBelowTheSourcesPeak(gain: Float) throws {
        try Fixture.withTemporaryFolder { folder in
            let sound = JobFixture.sound(seconds: 3, rate: 16_000, channels: 2)
            let loudest = peak(sound)
            let source = try JobFixture.write(
                sound.map { $0.map { 0.2 * gain / loudest * $0 } }, rate: 16_000, to: folder.appending(path: "a.wav"))
            for (name, regions) in [("all.wav", []), ("part.wav", [Region(start: 1, end: 2)])] {
                let output = folder.appending(path: name)
                let report = try editor.perform(
                    Restyle(
                        strength: 1, regions: regions, condition: Condition(prompt: "rain"),
                        settings: Settings(for: Restyle.self, steps: 4)), source, to: output)
                let (before, after) = (try JobFixture.read(source), try JobFixture.read(output))
                #expect(peak(after) <= peak(before))
                #expect(flat(after.map { Array($0[16_100..<31_900]) }) == 0)
                #expect(report.notes.allSatisfy { !$0.contains("full scale") })
                if let reduction = report.edits[0].peakReduction { #expect(reduction > 0) }
            }
        }
    }

    @Test func anUpsampledSoundOfFullScaleIsNotClipped() throws {
        try Fixture.withTemporaryFolder { folder in
            var sounds = TestSounds(seed: 9, rate: 8000)
            let noise = sounds.noise(24_000, level: 0.5).map { min(max($0, -0.9999), 0.9999) }
            let source = try JobFixture.write([noise], rate: 8000, to: folder.appending(path: "a.wav"))
            let settings = try Settings(for: Upsample.self, steps: 4)
            let output = folder.appending(path: "b.wav")
            let report = try editor.perform(Upsample(cutoff: 3800, settings: settings), source, to: output)
            #expect(report.notes.contains { $0.contains("to stay below full scale") })
            #expect(report.notes.allSatisfy { !$0.contains("were held to it") })
            let result = try JobFixture.read(output)
            #expect(result[0].count == 144_000)
            #expect(flat(result) == 0)
            // In floating point there is no scale to be full.
            let floats = folder.appending(path: "c.wav")
            let free = try editor.perform(
                Upsample(cutoff: 3800, settings: Settings(for: Upsample.self, steps: 4, encoding: .float32)), source,
                to: floats)
            #expect(free.notes == [])
            #expect(peak(try JobFixture.read(floats)) > 1)
        }
    }

    /// A destination in memory that holds less than floating point does.
    private struct Narrow: SoundDestination {
        let memory = WaveformDestination()
        let fullScale: Float
        var label: String? { nil }

        func edited(_ source: any SoundSource, encoding: AudioEncoding?, keepsNothing: Bool) -> any SoundSink {
            memory.edited(source, encoding: encoding, keepsNothing: keepsNothing)
        }

        func new(
            rate: Int, channels: Int, frames: Int, from source: (any SoundSource)?, encoding: AudioEncoding?
        ) -> any SoundSink {
            Sink(
                inner: memory.new(rate: rate, channels: channels, frames: frames, from: source, encoding: encoding),
                fullScale: fullScale)
        }

        private struct Sink: SoundSink {
            let inner: any SoundSink
            let fullScale: Float?
            func write(_ channels: [[Float]]) throws { try inner.write(channels) }
            func keep(_ count: Int) throws { try inner.keep(count) }
            func finish() throws -> SoundWriteReport { try inner.finish() }
        }
    }

    /// A vocoder whose last layer is too loud.
    @Test func aGenerationIsLoweredAsAWhole() throws {
        let request = try Generate(
            duration: 0.5, takes: 1, condition: Condition(prompt: "rain"),
            settings: Settings(for: Generate.self, steps: 2))
        let plain = try editor.perform(request).channels[0]
        let scale = peak([plain])
        for fullScale in [1 as Float, scale / 0.891 * 0.5] {
            let destination = Narrow(fullScale: fullScale)
            let report = try editor.perform(request, from: nil, to: destination)
            let lowered = try #require(destination.memory.waveform).channels[0]
            let wanted = min(1, 0.891 * fullScale / scale)
            let error = zip(lowered, plain).map { abs($0 - wanted * $1) }.max() ?? 1
            #expect(error < 1e-6 * scale)
            #expect(report.notes.contains { $0.contains("was lowered by") } == (wanted < 1))
        }
    }
}
