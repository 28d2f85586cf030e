import Core
import Editing
import Foundation
import TestSupport
import Testing

/// What must hold for fills that both sides foretell.
@Suite struct GapPredictionTests {
    let editor: Editor

    init() throws { editor = try JobFixture.editor() }

    private func sound(_ channels: [[Float]], _ rate: Int) -> Waveform { Waveform(channels: channels, rate: rate) }

    private func fill(
        _ sound: Waveform, _ regions: [Region], start: FillStart = .auto, seed: UInt64 = 0
    ) throws -> (sound: Waveform, report: EditReport) {
        let destination = WaveformDestination()
        let request = try Inpaint(
            regions: regions, start: start, settings: Settings(for: Inpaint.self, seed: seed, steps: 10))
        let report = try editor.perform(request, from: sound, to: destination)
        return (try #require(destination.waveform), report)
    }

    /// Noise with the peaks of a real one, which are far above its level.
    private func noise(seconds: Double, rate: Int, seed: UInt64, gain: Float = 0.2) -> [Float] {
        var random = TestRandom(seed: seed)
        return (0..<Int(seconds * Double(rate))).map { _ in
            gain * 0.5 * (random.next() + random.next() + random.next() + random.next())
        }
    }

    /// The complex amplitude of a frequency, under a Hann window.
    private func amplitude(_ samples: ArraySlice<Float>, _ frequency: Double, _ rate: Int) -> (
        real: Double, imaginary: Double
    ) {
        var sum = (real: 0.0, imaginary: 0.0)
        for (index, sample) in samples.enumerated() {
            let window = 0.5 - 0.5 * cos(2 * .pi * (Double(index) + 0.5) / Double(samples.count))
            let angle = 2 * .pi * frequency * Double(samples.startIndex + index) / Double(rate)
            sum.real += window * Double(sample) * cos(angle)
            sum.imaginary -= window * Double(sample) * sin(angle)
        }
        return sum
    }

    /// Within 0.5 dB and 5 degrees, and what is outside stays.
    @Test(arguments: [16_000, 44_100, 48_000], [0.01, 0.02, 0.05, 0.1, 0.3])
    func aToneGoesOn(rate: Int, seconds: Double) throws {
        let hiss = noise(seconds: 3, rate: rate, seed: 1, gain: 0.003)
        let tone = hiss.indices.map { 0.3 * Float(sin(2 * .pi * 700 * Double($0) / Double(rate))) + hiss[$0] }
        let region = Region(start: 1.4, end: 1.4 + seconds)
        let frames = Int((1.4 * Double(rate)).rounded())..<Int((region.end * Double(rate)).rounded())
        let made = try fill(sound([tone], rate), [region], start: .prediction).sound.channels[0]
        let (a, b) = (amplitude(tone[frames], 700, rate), amplitude(made[frames], 700, rate))
        let gain =
            10 * log10((b.real * b.real + b.imaginary * b.imaginary) / (a.real * a.real + a.imaginary * a.imaginary))
        let turn = atan2(b.imaginary, b.real) - atan2(a.imaginary, a.real)
        #expect(abs(gain) < 0.5)
        #expect(abs(atan2(sin(turn), cos(turn))) < 5 * .pi / 180)
        let changed = tone.indices.filter { tone[$0] != made[$0] }
        #expect(changed.allSatisfy { frames.contains($0) } && changed.count > frames.count / 2)
    }

    /// A voice whose pitch rises: what moves is foretold, too, and no weaker than it was.
    @Test(arguments: [0.06, 0.1])
    func aGlidingVoiceGoesOn(seconds: Double) throws {
        let rate = 48_000
        let hiss = noise(seconds: 2, rate: rate, seed: 8, gain: 0.003)
        let voice = hiss.indices.map { index -> Float in
            let time = Double(index) / Double(rate)
            let phase = 2 * .pi * (150 * time + 20 * time * time)
            let harmonics = (1..<30).reduce(0) { $0 + sin(Double($1) * phase + Double($1 * $1)) / Double($1) }
            return 0.15 * Float(harmonics) + hiss[index]
        }
        let made = try fill(sound([voice], rate), [Region(start: 1, end: 1 + seconds)]).sound.channels[0]
        let gap = rate..<rate + Int(seconds * Double(rate))
        let errors = gap.map { made[$0] - voice[$0] }
        #expect(abs(JobFixture.level(made[gap]) - JobFixture.level(voice[gap])) < 1)
        #expect(JobFixture.level(errors) < JobFixture.level(voice[gap]) - 4.5)
    }

    /// A long tone under hiss: the tone goes on, and the hiss is there, another one.
    @Test func aTonesNoiseIsMadeAnew() throws {
        let rate = 48_000
        let hiss = noise(seconds: 3, rate: rate, seed: 4, gain: 0.03)
        let tone = hiss.indices.map { 0.3 * Float(sin(2 * .pi * 700 * Double($0) / Double(rate))) + hiss[$0] }
        let made = try fill(sound([tone], rate), [Region(start: 1.3, end: 1.6)], start: .prediction).sound.channels[0]
        let middle = Int(1.4 * Double(rate))..<Int(1.5 * Double(rate))
        // What of both is above the tone.
        let filter = { (x: [Float]) in middle.map { x[$0] - 2 * x[$0 - 1] + x[$0 - 2] } }
        let (a, b) = (JobFixture.level(filter(tone)), JobFixture.level(filter(made)))
        #expect(abs(a - b) < 1.5)
        #expect(abs(JobFixture.correlation(filter(tone)[...], filter(made)[...])) < 0.2)
    }

    /// In the middle of a gap noise has the level of its surroundings: within 1 dB over all, 2 dB in each octave.
    @Test(arguments: [FillStart.prediction, .auto], [0.01, 0.03, 0.1, 0.12, 0.3, 1.0])
    func noiseKeepsItsLevel(start: FillStart, seconds: Double) throws {
        // The model of the tests knows no noise.
        guard start == .prediction || seconds <= 0.12 else { return }
        let rate = 48_000
        let noise = noise(seconds: 4, rate: rate, seed: 5)
        var differences: [Double] = []
        for seed in 0..<(seconds < 0.1 ? UInt64(8) : 2) {
            let made = try fill(
                sound([noise], rate), [Region(start: 1.5, end: 1.5 + seconds)], start: start, seed: seed
            ).sound.channels[0]
            let length = Int(seconds * Double(rate))
            let middle = 3 * rate / 2 + length / 3..<3 * rate / 2 + 2 * length / 3
            differences.append(JobFixture.level(made[middle]) - JobFixture.level(noise))
        }
        let mean = differences.reduce(0, +) / Double(differences.count)
        #expect(abs(mean) < 1, "\(differences)")
    }

    @Test func theSameSeedGivesTheSameBytesWithAnyThreads() throws {
        let source = sound(JobFixture.sound(seconds: 3, rate: 44_100, channels: 2), 44_100)
        let regions = [Region(start: 0.5, end: 0.52), Region(start: 1.5, end: 1.58), Region(start: 2, end: 2.3)]
        let results = try PoolSize.each(of: [1, 2, 5]) { _ in try fill(source, regions, seed: 3).sound.channels }
        let (first, others) = (results[0], results.dropFirst())
        let areEqual = others.allSatisfy { $0 == first }
        #expect(areEqual)
        let another = try fill(source, regions, seed: 4).sound.channels == first
        #expect(!another)
    }

    @Test func equalChannelsStayEqualAndSilentOnesSilent() throws {
        let tone = JobFixture.sound(seconds: 2, rate: 44_100, channels: 1)[0]
        let silence = [Float](repeating: 0, count: tone.count)
        let made = try fill(sound([tone, tone, silence], 44_100), [Region(start: 1, end: 1.05)]).sound.channels
        let (areEqual, isSilent) = (made[0] == made[1], made[2] == silence)
        #expect(areEqual && isSilent)
    }

    /// In each channel as much as it has, and as alike as they are.
    @Test func thePictureOfTheRoomIsKept() throws {
        let rate = 48_000
        let (a, b) = (noise(seconds: 3, rate: rate, seed: 6), noise(seconds: 3, rate: rate, seed: 7))
        let left = zip(a, b).map { $0 + 0.5 * $1 }
        let right = zip(a, b).map { 0.3 * $0 - 0.2 * $1 }
        let made = try fill(sound([left, right], rate), [Region(start: 1.5, end: 1.6)]).sound.channels
        let gap = 3 * rate / 2..<8 * rate / 5
        for (old, new) in zip([left, right], made) {
            #expect(abs(JobFixture.level(new[gap]) - JobFixture.level(old)) < 1.5)
        }
        let (before, after) = (
            JobFixture.correlation(left[...], right[...]), JobFixture.correlation(made[0][gap], made[1][gap])
        )
        #expect(abs(before - after) < 0.2)
    }

    /// Packets that are lost one soon after the other, and at both ends.
    @Test func manyGapsAndThoseAtTheEnds() throws {
        let rate = 16_000
        let tone = (0..<2 * rate).map { 0.3 * Float(sin(2 * .pi * 300 * Double($0) / Double(rate))) }
        var broken = tone
        let regions = [0.0..<0.01, 0.1..<0.12, 0.125..<0.14, 0.141..<0.15, 1.0..<1.02, 1.99..<2.0]
        for region in regions {
            for frame in Int(region.lowerBound * 16_000)..<Int(region.upperBound * 16_000) { broken[frame] = 0 }
        }
        let made = try fill(
            sound([broken], rate), regions.map { Region(start: $0.lowerBound, end: $0.upperBound) })
        let error = zip(tone, made.sound.channels[0]).map { abs($0 - $1) }.max() ?? 1
        #expect(error < 0.03)
        #expect(made.report.isIdenticalOutside == true && made.report.networkCalls == 0)
        #expect(made.report.edits.allSatisfy { $0.start == .prediction && $0.foretold ?? 0 > 0.9 })
    }

    /// A long region goes to the model, which hears the short one filled; the report says what each is from.
    @Test func shortAndLongRegionsAreFilledTogether() throws {
        let source = sound(JobFixture.sound(seconds: 4, rate: 22_050, channels: 1), 22_050)
        let made = try fill(source, [Region(start: 1, end: 1.03), Region(start: 1.4, end: 2)])
        #expect(made.report.edits.map(\.start) == [.prediction, .passage])
        #expect(made.report.edits.allSatisfy { $0.foretold != nil })
        #expect(made.report.networkCalls > 0)
        let (old, new) = (source.channels[0], made.sound.channels[0])
        let inside = [22_050..<22_712, 30_870..<44_100]
        let isKept = old.indices.allSatisfy { frame in
            old[frame] == new[frame] || inside.contains { $0.contains(frame) }
        }
        #expect(isKept)
    }

    @Test func otherStartsLeaveItOut() throws {
        let source = sound(JobFixture.sound(seconds: 3, rate: 22_050, channels: 1), 22_050)
        let region = [Region(start: 1, end: 1.05)]
        for start in [FillStart.passage, .line] {
            let report = try fill(source, region, start: start).report
            #expect(report.edits.map(\.start) == [start] && report.edits[0].foretold == nil)
            #expect(report.networkCalls > 0)
        }
    }

    /// Peaks that were cut off come back, and nothing gets nearer to zero.
    @Test func peaksAreRestored() throws {
        let rate = 44_100
        let whole = (0..<2 * rate).map { index -> Float in
            let time = Double(index) / Double(rate)
            return Float(0.6 * sin(2 * .pi * 220 * time) + 0.4 * sin(2 * .pi * 554 * time + 1))
        }
        let clipped = whole.map { max(-0.6, min(0.6, $0)) }
        let found = try Find.faults(.clipping, in: sound([clipped], rate))
        #expect(found.count > 100)
        let request = try Inpaint(regions: found.map(\.region), start: .prediction, isBeyondSource: true)
        let made = try editor.perform(request, on: sound([clipped], rate)).channels[0]
        func error(_ samples: [Float]) -> Double { zip(samples, whole).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) } }
        #expect(10 * log10(error(clipped) / error(made)) > 10)
        let isBeyond = zip(clipped, made).allSatisfy { abs($1) >= abs($0) && $0 * $1 >= 0 }
        #expect(isBeyond)
    }

    @Test func whatAStartTakesNoNoticeOfIsRefused() throws {
        let regions = [Region(start: 1, end: 2)]
        #expect(
            throws: EditingError.setting(.start, expected: "auto, passage or line with a prompt", found: "prediction")
        ) {
            try Inpaint(regions: regions, start: .prediction, condition: Condition(prompt: "rain"))
        }
        #expect(throws: EditingError.setting(.strength, expected: "none with the start prediction", found: "0.3")) {
            try Inpaint(regions: regions, strength: 0.3, start: .prediction)
        }
        #expect(throws: EditingError.setting(.strength, expected: "1 with the start line", found: "0.3")) {
            try Inpaint(regions: regions, strength: 0.3, start: .line)
        }
        #expect(throws: EditingError.self) { try Inpaint(regions: regions, isBeyondSource: true) }
        let rectangle = [Region(start: 1, end: 2, band: Region.Band(low: 100, high: 200))]
        for start in FillStart.allCases {
            let request = try Inpaint(regions: rectangle, start: start)
            let again = try RequestDocument.request(from: RequestDocument.data(of: request)) as? Inpaint
            #expect(again?.start == start)
        }
    }
}
