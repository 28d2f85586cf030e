import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

/// Sounds that go on beyond their ends, and loops.
@Suite struct ContinuationTests {
    let editor: Editor

    init() throws { editor = try JobFixture.editor() }

    private static let rate = 16_000

    private func sound(_ seconds: Double, channels: Int = 1) -> [[Float]] {
        JobFixture.sound(seconds: seconds, rate: Self.rate, channels: channels)
    }

    private func settings<Request: EditRequest>(_ job: Request.Type) throws -> Settings {
        try Settings(for: job, steps: 10)
    }

    /// Bit for bit: tags and all.
    @Test func extendingByNothingIsTheSource() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(sound(1), rate: Self.rate, to: folder.appending(path: "a.wav"))
            let output = folder.appending(path: "b.wav")
            let report = try editor.perform(Extend(settings: settings(Extend.self)), source, to: output)
            #expect(try Data(contentsOf: output) == Data(contentsOf: source))
            #expect(report.isIdenticalOutside == true && report.edits.isEmpty)
        }
    }

    @Test(arguments: [
        ("a.wav", AudioEncoding.pcm16), ("a.wav", .pcmU8), ("a.wav", .pcm32), ("a.wav", .float64), ("a.flac", .pcm24),
        ("a.aiff", .pcm16),
    ])
    func theSoundStaysBetweenWhatIsMade(name: String, encoding: AudioEncoding) throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                sound(2, channels: 2), rate: Self.rate, to: folder.appending(path: name), encoding)
            let output = folder.appending(path: "out-" + name)
            let report = try editor.perform(
                Extend(before: 0.5, after: 1.25, settings: settings(Extend.self)), source, to: output)
            let (before, after) = (try JobFixture.read(source), try JobFixture.read(output))
            #expect(report.isIdenticalOutside == true)
            #expect(report.edits.map(\.region) == [Region(start: 0, end: 0.5), Region(start: 2.5, end: 3.75)])
            #expect(report.format == "\(try AudioFile(source).format.container), \(encoding)")
            for channel in 0..<2 {
                let isKept = after[channel][8000..<40_000].elementsEqual(before[channel])
                #expect(isKept && after[channel].count == 60_000)
                #expect(decibels(after[channel][..<8000]) > decibels(before[channel]) - 20)
                #expect(decibels(after[channel][40_000...]) > decibels(before[channel]) - 20)
            }
        }
    }

    @Test func aFadeEndsInSilence() throws {
        let source = Waveform(channels: sound(2), rate: Self.rate)
        let made = try editor.perform(
            Extend(before: 0.5, after: 1, fade: 0.4, settings: settings(Extend.self)), on: source
        ).channels[0]
        #expect(abs(made[0]) < 1e-4 && abs(made[made.count - 1]) < 1e-4)
        #expect(decibels(made.suffix(1600)) < decibels(source.channels[0]) - 10)
        #expect(made[8000..<40_000].elementsEqual(source.channels[0]) == true)
    }

    /// In as many windows as it takes, without drift.
    @Test func halfAMinuteKeepsItsLevel() throws {
        let rate = 8000
        let source = Waveform(channels: JobFixture.sound(seconds: 8, rate: rate, channels: 1), rate: rate)
        let made = try editor.perform(Extend(after: 30, settings: settings(Extend.self)), on: source).channels[0]
        #expect(made.count == 38 * rate)
        let levels = stride(from: 8 * rate, to: 38 * rate, by: 3 * rate).map { decibels(made[$0..<$0 + 3 * rate]) }
        #expect((levels.max() ?? 0) - (levels.min() ?? 0) < 3, "\(levels)")
    }

    @Test func aVeryShortSoundGoesOn() throws {
        for seconds in [0.01, 0.1, 0.5] {
            let made = try editor.perform(
                Extend(before: 1, after: 1, settings: settings(Extend.self)),
                on: Waveform(channels: sound(seconds, channels: 2), rate: Self.rate))
            #expect(made.frames == 2 * Self.rate + Int(seconds * Double(Self.rate)))
            #expect(made.channels.allSatisfy { $0.allSatisfy(\.isFinite) } == true)
        }
    }

    @Test func aRecipeMakesTheSameSamples() throws {
        let source = Waveform(channels: sound(2), rate: Self.rate)
        for request in [
            try Extend(after: 1, settings: Settings(for: Extend.self, seed: 5, steps: 10)) as any EditRequest,
            try Loop(settings: Settings(for: Loop.self, seed: 5, steps: 10)),
        ] {
            let (first, again) = (WaveformDestination(), WaveformDestination())
            let report = try editor.perform(request, from: source, to: first)
            try editor.replay(editor.recipe(of: report, from: source), from: source, to: again)
            let isSame = first.waveform == again.waveform
            #expect(isSame)
        }
    }

    // MARK: - Loops

    @Test func aLoopKeepsAllButItsSeam() throws {
        let source = Waveform(channels: sound(3, channels: 2), rate: Self.rate)
        for (length, seam, body) in [(nil, 0.5, 2.5), (2, 0.4, 1.6), (4.5, 0.5, 3), (nil, 0.1, 2.9)]
            as [(Double?, Double, Double)]
        {
            let destination = WaveformDestination()
            let report = try editor.perform(
                Loop(length: length, seam: seam, settings: settings(Loop.self)), from: source, to: destination)
            let made = try #require(destination.waveform)
            #expect(made.frames == Int((length ?? 3) * Double(Self.rate)))
            let count = Int(body * Double(Self.rate))
            let isKept = zip(made.channels, source.channels).allSatisfy { $0[..<count] == $1[..<count] }
            #expect(isKept)
            #expect(report.edits.map(\.region) == [Region(start: body, end: length ?? 3)])
        }
    }

    /// Looped ten times the places where it begins again are like any other.
    @Test func aLoopsEndMeetsItsBeginning() throws {
        let rate = 48_000
        var sounds = TestSounds(seed: 12)
        let hiss = sounds.noise(4 * rate, level: 0.02)
        // A tone that does not fit the length.
        let tone = sounds.tones([311.7, 1234.5], 4 * rate, level: 0.2)
        let source = Waveform(channels: [zip(hiss, tone).map { $0 + $1 }], rate: rate)
        for seam in [0.1, 0.5, 1] {
            let made = try editor.perform(Loop(seam: seam, settings: settings(Loop.self)), on: source).channels[0]
            let ten = [Float]((0..<10).flatMap { _ in made })
            for turn in 1..<10 {
                let start = turn * made.count
                let near = Array(ten[start - rate / 2..<start + rate / 2])
                let seam = try #require(SoundMeasures.seam(near, edge: rate / 2, rate: rate))
                #expect(seam < 0)
                // Neither is there where the seam begins.
            }
            let begin = made.count - Int(seam * Double(rate))
            let near = Array(ten[begin - rate / 2..<begin + rate / 2])
            #expect(try #require(SoundMeasures.seam(near, edge: rate / 2, rate: rate)) < 0)
        }
    }

    @Test(arguments: [("a.wav", "b.wav"), ("a.flac", "b.wav"), ("a.wav", "b.flac"), ("a.wav", "b.aiff")])
    func aSamplerIsTold(source: String, result: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let file = try JobFixture.write(sound(2), rate: Self.rate, to: folder.appending(path: source))
            let output = folder.appending(path: result)
            try editor.perform(Loop(length: 1.5, settings: settings(Loop.self)), file, to: output)
            let metadata = try AudioFile(output).metadata
            guard result != "b.flac" else { return }
            let loop = try #require(metadata.instrument?.loops.first)
            #expect(loop.first == 0 && loop.last == 23_999 && loop.direction == 0)
            #expect(metadata.instrument?.loops.count == 1)
        }
    }

    @Test func whatIsWrongIsSaid() throws {
        let source = Waveform(channels: sound(1), rate: Self.rate)
        #expect(throws: EditingError.setting(.after, expected: "0 to 3600 seconds", found: "-1.0")) {
            try Extend(after: -1)
        }
        #expect(throws: EditingError.setting(.before, expected: "0 to 3600 seconds", found: "3601.0")) {
            try Extend(before: 3601)
        }
        #expect(throws: EditingError.setting(.length, expected: "0.1 to 3600 seconds", found: "0.0")) {
            try Loop(length: 0)
        }
        #expect(throws: EditingError.setting(.seam, expected: "less than the loop's 1.0 seconds", found: "2.0")) {
            try editor.perform(Loop(seam: 2, settings: settings(Loop.self)), on: source)
        }
        #expect(throws: EditingError.noSource(job: "loop")) { try editor.perform(Loop(), to: WaveformDestination()) }
    }

    /// Passages of a recording follow on each other at its own level, in either direction.
    @Test func aChainOfPassagesHasTheRecordingsLevel() throws {
        var random = TestRandom(seed: 2)
        let bands = 8
        let mel = (0..<1000 * bands).map { 0.3 * random.next() + Float($0 % bands) }
        let stretch = PassageChain.Stretch(mel, bands: bands)
        let chain = try #require(PassageChain([stretch], from: 0, bands: bands, seed: 4))
        let made = chain(3000).mel
        #expect(made.count == 3000 * bands)
        for band in 0..<bands {
            let mean = stride(from: band, to: made.count, by: bands).reduce(Float(0)) { $0 + made[$1] } / 3000
            #expect(abs(mean - Float(band)) < 0.05)
        }
        #expect(chain(100).mel == Array(made[..<(100 * bands)]))
        #expect(PassageChain([PassageChain.Stretch([1, 2, 3], bands: 1)], from: 0, bands: 1, seed: 0) == nil)
    }
}
