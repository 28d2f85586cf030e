import Core
import Editing
import Foundation
import TestSupport
import Testing

/// What must hold for every fill, whatever the model makes of it.
@Suite struct InpaintTests {
    let editor: Editor

    init() throws { editor = try JobFixture.editor() }

    /// As many steps as the default strength needs to take one.
    static let settings = try! Settings(for: Inpaint.self, steps: 10)

    /// Fills regions of a file and checks that nothing else changed, and that they did.
    @discardableResult func fill(
        _ sound: [[Float]], rate: Int, _ regions: [Region], name: String = "a.wav", _ encoding: AudioEncoding? = .pcm16,
        settings: Settings = Self.settings
    ) throws -> [[Float]] {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(sound, rate: rate, to: folder.appending(path: name), encoding)
            let output = folder.appending(path: "out-" + name)
            let report = try editor.perform(Inpaint(regions: regions, settings: settings), source, to: output)
            #expect(report.isIdenticalOutside == true)
            #expect(report.channels == sound.count && report.rate == rate)
            let (before, after) = (try JobFixture.read(source), try JobFixture.read(output))
            try #require(after.count == before.count && after[0].count == before[0].count)
            let inside = regions.map {
                Int(($0.start * Double(rate)).rounded())..<Int(($0.end * Double(rate)).rounded())
            }
            for channel in before.indices {
                let changed = before[channel].indices.filter { before[channel][$0] != after[channel][$0] }
                #expect(changed.allSatisfy { frame in inside.contains { $0.contains(frame) } }, "channel \(channel)")
                for range in inside {
                    let count = changed.count { range.contains($0) }
                    #expect(count > range.count / 2, "channel \(channel): \(count) of \(range.count) samples are new")
                }
            }
            return after
        }
    }

    @Test(arguments: [
        ("a.wav", AudioEncoding.pcm16), ("a.wav", .pcm24), ("a.wav", .pcm32), ("a.wav", .pcmU8), ("a.wav", .float32),
        ("a.wav", .float64), ("a.flac", .pcm16), ("a.flac", .pcm24), ("a.aiff", .pcm16), ("a.caf", .pcm24),
    ])
    func everyLosslessFormatIsKeptOutside(_ name: String, _ encoding: AudioEncoding) throws {
        try fill(
            JobFixture.sound(seconds: 2, rate: 22_050, channels: 1), rate: 22_050, [Region(start: 0.8, end: 1.1)],
            name: name, encoding)
    }

    @Test(arguments: [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
    func everyRate(_ rate: Int) throws {
        try fill(JobFixture.sound(seconds: 1.5, rate: rate, channels: 1), rate: rate, [Region(start: 0.5, end: 0.7)])
    }

    @Test(arguments: [2, 6])
    func everyChannelIsFilled(_ channels: Int) throws {
        try fill(
            JobFixture.sound(seconds: 1.5, rate: 48_000, channels: channels), rate: 48_000,
            [Region(start: 0.5, end: 0.8)])
    }

    @Test func equalChannelsStayEqual() throws {
        let result = try fill(
            JobFixture.sound(seconds: 1.5, rate: 44_100, channels: 2, equal: true), rate: 44_100,
            [Region(start: 0.5, end: 0.9)])
        #expect(result[0] == result[1])
    }

    @Test func regionsAtTheEndsAndSeveralOfThem() throws {
        let sound = JobFixture.sound(seconds: 14, rate: 16_000, channels: 1)
        try fill(
            sound, rate: 16_000,
            [
                Region(start: 0, end: 0.3), Region(start: 0.9, end: 1), Region(start: 8, end: 8.25),
                Region(start: 13.8, end: 14),
            ])
    }

    @Test(arguments: [0.04, 0.1, 0.4])
    func aVeryShortFile(_ seconds: Double) throws {
        try fill(
            JobFixture.sound(seconds: seconds, rate: 48_000, channels: 2), rate: 48_000,
            [Region(start: seconds / 4, end: seconds / 2)])
    }

    @Test func silenceIsFilledWithoutATrap() throws {
        try Fixture.withTemporaryFolder { folder in
            let silence = [[Float]](repeating: [Float](repeating: 0, count: 32_000), count: 2)
            let source = try JobFixture.write(silence, rate: 16_000, to: folder.appending(path: "a.wav"))
            let output = folder.appending(path: "b.wav")
            let report = try editor.perform(
                Inpaint(regions: [Region(start: 0.5, end: 1)], settings: Self.settings), source, to: output)
            #expect(report.isIdenticalOutside == true)
            let result = try JobFixture.read(output)
            #expect(result[0][..<8000].allSatisfy { $0 == 0 } && result[0][16_000...].allSatisfy { $0 == 0 })
        }
    }

    @Test func aRegionLongerThanAWindowAndASegment() throws {
        let sound = JobFixture.sound(seconds: 26, rate: 8000, channels: 1)
        let settings = try Settings(for: Inpaint.self, steps: 20)
        let result = try fill(sound, rate: 8000, [Region(start: 1, end: 25)], settings: settings)
        // No hole and no burst anywhere in it.
        let levels = stride(from: 8400, to: 8000 * 24, by: 4000).map { JobFixture.level(result[0][$0..<$0 + 4000]) }
        #expect(levels.max()! - levels.min()! < 3)
    }

    @Test func theSameSeedGivesTheSameBytesWhateverTheThreads() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 3, rate: 44_100, channels: 2), rate: 44_100,
                to: folder.appending(path: "a.wav"))
            func filled(_ threads: Int, seed: UInt64) throws -> Data {
                let output = folder.appending(path: "\(threads)-\(seed).wav")
                try editor.perform(
                    Inpaint(
                        regions: [Region(start: 1, end: 1.5)],
                        settings: Settings(for: Inpaint.self, seed: seed, steps: 10)), source, to: output)
                return try Data(contentsOf: output)
            }
            let files = try PoolSize.each(of: [1, 2, 3]) { try filled($0, seed: 5) }
            #expect(files[0] == files[1] && files[1] == files[2])
            #expect(try filled(2, seed: 6) != files[2])
        }
    }

    @Test func whatIsWrongIsSaidInOneLine() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 1, rate: 8000, channels: 1), rate: 8000, to: folder.appending(path: "a.wav"))
            let output = folder.appending(path: "b.wav")
            func expect(_ error: EditingError, _ regions: [Region]) {
                #expect(throws: error) {
                    try editor.perform(Inpaint(regions: regions, settings: Self.settings), source, to: output)
                }
                #expect(!error.description.contains("\n"))
                #expect(!FileManager.default.fileExists(atPath: output.path))
            }
            expect(.noRegions, [])
            expect(.regionReversed(start: 0.5, end: 0.2), [Region(start: 0.5, end: 0.2)])
            expect(.regionOutside(start: 0.5, end: 1.2, duration: 1), [Region(start: 0.5, end: 1.2)])
            expect(.regionOutside(start: -1, end: 0.2, duration: 1), [Region(start: -1, end: 0.2)])
            expect(.nothingAround(sound: source.relativePath), [Region(start: 0, end: 1)])
        }
    }

    @Test func whatTheListenerThrowsStopsTheJobAndLeavesNothing() throws {
        struct Stop: Error {}
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 1, rate: 8000, channels: 1), rate: 8000, to: folder.appending(path: "a.wav"))
            #expect(throws: Stop.self) {
                try editor.perform(
                    Inpaint(regions: [Region(start: 0.2, end: 0.4)], settings: Self.settings), source,
                    to: folder.appending(path: "b.wav")
                ) { if case .progress(let progress) = $0, progress.fraction > 0.3 { throw Stop() } }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.wav"])
        }
    }

    @Test func progressRisesToOne() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 1, rate: 8000, channels: 1), rate: 8000, to: folder.appending(path: "a.wav"))
            var seen: [Double] = []
            let report = try editor.perform(
                Inpaint(regions: [Region(start: 0.2, end: 0.4)], settings: Self.settings), source,
                to: folder.appending(path: "b.wav")
            ) { if case .progress(let progress) = $0 { seen.append(progress.fraction) } }
            #expect(seen == seen.sorted() && seen.last == 1 && seen.count > 5)
            #expect(report.edits.map(\.region) == [Region(start: 0.2, end: 0.4)])
            #expect(Set(report.stages.map(\.name)).isSuperset(of: ["encode", "denoise", "decode", "vocode", "write"]))
        }
    }
}
