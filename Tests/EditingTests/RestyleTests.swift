import Core
import Editing
import Foundation
import TestSupport
import Testing

@Suite struct RestyleTests {
    let editor: Editor

    init() throws { editor = try JobFixture.editor() }

    @Test func strengthZeroReturnsTheSource() throws {
        try Fixture.withTemporaryFolder { folder in
            for (name, encoding) in [("a.wav", AudioEncoding.pcm16), ("a.flac", .pcm24), ("a.aiff", .float32)] {
                let source = try JobFixture.write(
                    JobFixture.sound(seconds: 1, rate: 44_100, channels: 2), rate: 44_100,
                    to: folder.appending(path: name),
                    encoding)
                let output = folder.appending(path: "out-" + name)
                let report = try editor.perform(
                    Restyle(strength: 0, condition: Condition(prompt: "calm piano music")), source, to: output)
                #expect(report.networkCalls == 0)
                #expect(report.isIdenticalOutside == true)
                #expect(try JobFixture.read(output) == JobFixture.read(source))
            }
        }
    }

    /// The network is run for as many steps as the strength asks for, in each of the sound's two windows.
    @Test func theStrengthDecidesHowOftenTheNetworkIsRun() throws {
        let source = Waveform(channels: JobFixture.sound(seconds: 6, rate: 16_000, channels: 1), rate: 16_000)
        var results: [[Float]] = []
        for (strength, calls) in [(0.2, 1), (0.6, 3), (1, 5)] {
            let destination = WaveformDestination()
            let report = try editor.perform(
                Restyle(
                    strength: strength, condition: Condition(prompt: "calm piano music"),
                    settings: Settings(for: Restyle.self, steps: 5)), from: source, to: destination)
            #expect(report.isIdenticalOutside == nil)
            #expect(report.networkCalls == calls * 2)
            let result = try #require(destination.waveform)
            #expect(result.frames == source.frames)
            results.append(result.channels[0])
        }
        let areDifferent = Set(results + source.channels).count == 4
        #expect(areDifferent)
    }

    /// At strength 1 the channels lie where the source's do, as they do just below it.
    @Test func theStereoPictureStaysAtEveryStrength() throws {
        var sounds = TestSounds(seed: 8, rate: 44_100)
        let (common, left, right) = (sounds.noise(132_300), sounds.noise(132_300), sounds.noise(132_300))
        let source = Waveform(
            channels: [zip(common, left).map { $0 + 0.7 * $1 }, zip(common, right).map { 0.4 * ($0 + 0.7 * $1) }],
            rate: 44_100)
        let wanted = JobFixture.correlation(source.channels[0][...], source.channels[1][...])
        for strength in [0.5, 0.99, 1] {
            let result = try editor.perform(
                Restyle(
                    strength: strength, condition: Condition(prompt: "calm piano music"),
                    settings: Settings(for: Restyle.self, steps: 4)), on: source)
            let found = JobFixture.correlation(result.channels[0][...], result.channels[1][...])
            #expect(abs(found - wanted) < 0.1, "strength \(strength): \(found), the source's \(wanted)")
            let balance = JobFixture.level(result.channels[0]) - JobFixture.level(result.channels[1])
            #expect(abs(balance - 20 * log10(1 / 0.4)) < 1, "strength \(strength): \(balance) dB")
        }
    }

    @Test func onlyTheRegionIsRestyled() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 3, rate: 16_000, channels: 2), rate: 16_000,
                to: folder.appending(path: "a.wav"))
            let output = folder.appending(path: "b.wav")
            try editor.perform(
                Restyle(
                    strength: 0.7, regions: [Region(start: 1, end: 2)],
                    condition: Condition(prompt: "calm piano music"), settings: Settings(for: Restyle.self, steps: 4)),
                source, to: output)
            let (before, after) = (try JobFixture.read(source), try JobFixture.read(output))
            for channel in 0..<2 {
                #expect(before[channel][..<16_000] == after[channel][..<16_000])
                #expect(before[channel][32_000...] == after[channel][32_000...])
                #expect(before[channel][16_000..<32_000] != after[channel][16_000..<32_000])
            }
        }
    }

    @Test func aStrengthIsBetweenZeroAndOne() throws {
        #expect(throws: EditingError.setting(.strength, expected: "0 to 1", found: "1.5")) {
            try Restyle(strength: 1.5, condition: Condition(prompt: "x"))
        }
    }
}
