import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

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
        for (strength, calls, method) in [
            (0.2, 1, DenoisingOptions.Method.noise), (0.6, 3, .noise), (1, 5, .noise), (0.6, 6, .contrast),
            (0.6, 6, .inversion),
        ] {
            let destination = WaveformDestination()
            let report = try editor.perform(
                Restyle(
                    strength: strength, method: method, condition: Condition(prompt: "calm piano music"),
                    settings: Settings(for: Restyle.self, steps: 5)), from: source, to: destination)
            #expect(report.isIdenticalOutside == nil)
            #expect(report.networkCalls == calls * 2)
            let result = try #require(destination.waveform)
            #expect(result.frames == source.frames)
            results.append(result.channels[0])
        }
        let areDifferent = Set(results + source.channels).count == 6
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
        for (strength, method) in [
            (0.5, DenoisingOptions.Method.noise), (0.5, .contrast), (0.5, .inversion), (0.99, .noise), (1, .noise),
        ] {
            let result = try editor.perform(
                Restyle(
                    strength: strength, method: method, condition: Condition(prompt: "calm piano music"),
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

    /// The strength of the walk is as deep as the model's traits say, and as the request says without them.
    @Test func aModelSaysHowDeepAStrengthGoes() throws {
        func strength(_ given: Double, _ traits: ModelTraits) throws -> Float {
            let request = try Restyle(strength: given, condition: Condition(prompt: "rain")).completed(for: traits)
            guard case .regions(let plan) = try request.plan(for: nil) else { return -1 }
            return plan.largestStrength
        }
        let traits = try JSONDecoder().decode(
            ModelTraits.self,
            from: Data(#"{"held_cells": "clean", "unconditional": "zeros", "restyle_depth": 2}"#.utf8))
        for (given, deep) in [(0, Float(0)), (0.5, 0.75), (0.9, 0.99), (1, 1)] {
            #expect(abs(try strength(given, traits) - deep) < 1e-6)
            #expect(abs(try strength(given, .audioLDM) - Float(given)) < 1e-6)
        }
    }

    /// The loudness in dB of moments of 50 ms, and where it is above -60 dB.
    private static func loudness(_ channels: [[Float]], rate: Int) -> [Double] {
        let length = rate / 20
        return (0..<channels[0].count / length).map { moment in
            max(-60, channels.map { JobFixture.level($0[moment * length..<(moment + 1) * length]) }.max() ?? -60)
        }
    }

    private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
        func centred(_ values: [Double]) -> [Float] {
            let mean = values.reduce(0, +) / Double(values.count)
            return values.map { Float($0 - mean) }
        }
        return JobFixture.correlation(centred(a)[...], centred(b)[...])
    }

    /// Words that are said over a hiss: loud and soft by 30 dB, three times a second.
    private static func pulses() -> Waveform {
        var sounds = TestSounds(seed: 5, rate: 22_050)
        let noise = sounds.noise(66_150)
        return Waveform(
            channels: [
                noise.enumerated().map { index, value in
                    Float(0.5 * pow(10, -1.5 * pow(sin(3 * .pi * Double(index) / 22_050), 2))) * value
                }
            ], rate: 22_050)
    }

    @Test(arguments: DenoisingOptions.Method.allCases, [0.05, 0.5, 1]) func theLoudnessStays(
        method: DenoisingOptions.Method, strength: Double
    ) throws {
        let source = Self.pulses()
        let result = try editor.perform(
            Restyle(
                strength: strength, method: method, condition: Condition(prompt: "calm piano music"),
                settings: Settings(for: Restyle.self, steps: 20)), on: source)
        let (before, after) = (
            Self.loudness(source.channels, rate: source.rate), Self.loudness(result.channels, rate: result.rate)
        )
        #expect(Self.correlation(before, after) > 0.95)
        let level = JobFixture.level(result.channels[0]) - JobFixture.level(source.channels[0])
        #expect(abs(level) < 0.5, "\(level) dB")
    }

    /// Without the dynamics the level as a whole is still the source's.
    @Test(arguments: [0.05, 0.5, 1]) func theLevelStaysWhereNothingElseDoes(strength: Double) throws {
        let source = Self.pulses()
        let result = try editor.perform(
            Restyle(
                strength: strength, keep: .none, condition: Condition(prompt: "calm piano music"),
                settings: Settings(for: Restyle.self, steps: 20)), on: source)
        let level = JobFixture.level(result.channels[0]) - JobFixture.level(source.channels[0])
        #expect(abs(level) < 0.5, "\(level) dB")
    }

    /// Of a silence nothing is made that could be heard.
    @Test(arguments: DenoisingOptions.Method.allCases) func silenceStaysSilent(method: DenoisingOptions.Method) throws {
        let source = Waveform(
            channels: [Self.pulses().channels[0].prefix(22_050) + [Float](repeating: 0, count: 44_100)], rate: 22_050)
        let result = try editor.perform(
            Restyle(
                strength: 0.5, method: method, condition: Condition(prompt: "calm piano music"),
                settings: Settings(for: Restyle.self, steps: 10)), on: source)
        let loudest = result.channels[0][24_000...].reduce(0) { max($0, abs($1)) }
        #expect(loudest < 1e-3)
    }

    @Test func theModelsMethodIsTakenAndSaid() throws {
        func method(_ strength: Double, passes: Int = 1) throws -> DenoisingOptions.Method? {
            let report = try editor.perform(
                Restyle(
                    strength: strength, condition: Condition(prompt: "calm piano music"),
                    settings: Settings(for: Restyle.self, steps: 4, passes: passes)),
                from: Self.pulses(), to: WaveformDestination())
            return (report.request as? Restyle)?.method
        }
        #expect(try method(0.5) == ModelTraits(of: editor.model).restyleMethod)
        // From nothing, and with passes, there is one method alone.
        #expect(try method(1) == .noise)
        #expect(try method(0.5, passes: 2) == .noise)
        #expect(
            throws: EditingError.setting(
                .method, expected: "noise with passes above 1 or an eta above 0", found: "contrast")
        ) {
            try Restyle(
                method: .contrast, condition: Condition(prompt: "x"), settings: Settings(for: Restyle.self, passes: 2))
        }
    }

    /// What the source is said to be matters to the methods that contrast it, and only to them.
    @Test(arguments: DenoisingOptions.Method.allCases) func theSourcePromptIsHeard(method: DenoisingOptions.Method)
        throws
    {
        func made(_ sourcePrompt: String?) throws -> [Float] {
            try editor.perform(
                Restyle(
                    strength: 0.5, method: method, sourcePrompt: sourcePrompt,
                    condition: Condition(prompt: "calm piano music"),
                    settings: Settings(for: Restyle.self, steps: 4)), on: Self.pulses()
            ).channels[0]
        }
        let areEqual = try made(nil) == made("a dog barking")
        #expect(areEqual == (method == .noise))
    }

    @Test func aStrengthIsBetweenZeroAndOne() throws {
        #expect(throws: EditingError.setting(.strength, expected: "0 to 1", found: "1.5")) {
            try Restyle(strength: 1.5, condition: Condition(prompt: "x"))
        }
    }
}
