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

    @Test func structureYieldsGradually() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 6, rate: 16_000, channels: 1), rate: 16_000,
                to: folder.appending(path: "a.wav"))
            var results: [[Float]] = []
            for strength in [0.2, 0.6, 1] {
                let output = folder.appending(path: "\(strength).wav")
                let report = try editor.perform(
                    Restyle(
                        strength: strength, condition: Condition(prompt: "calm piano music"),
                        settings: Settings(for: Restyle.self, steps: 5)), source, to: output)
                #expect(report.isIdenticalOutside == nil)
                results += try JobFixture.read(output)
            }
            #expect(results.allSatisfy { $0.count == 96_000 })
            #expect(results[0] != results[1] && results[1] != results[2])
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
