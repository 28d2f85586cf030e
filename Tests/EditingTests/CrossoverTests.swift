import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

@Suite struct CrossoverTests {
    @Test(arguments: [(4000.0, 48_000), (300.0, 16_000), (16_000.0, 48_000), (8000.0, 44_100), (24_000.0, 48_000)])
    func eachBandComesFromItsSound(cutoff: Double, rate: Int) {
        let crossover = Crossover(cutoff: cutoff, rate: rate)
        let count = 4 * crossover.reach + 8192
        let inside = crossover.reach..<count - crossover.reach
        var sounds = TestSounds(seed: 1, rate: rate)
        let silence = [Float](repeating: 0, count: count)
        for share in [0.05, 0.5, 0.9, 1.0, 1.2, 1.8] where share * cutoff < Double(rate) / 2 {
            let tone = sounds.tones([share * cutoff], count, level: 1)
            let lower = crossover(lower: tone, upper: silence)
            let upper = crossover(lower: silence, upper: tone)
            if share <= 0.9 {
                #expect(inside.allSatisfy { abs(lower[$0] - tone[$0]) < 1e-4 && abs(upper[$0]) < 1e-4 }, "\(share)")
            } else {
                #expect(inside.allSatisfy { abs(upper[$0] - tone[$0]) < 1e-4 && abs(lower[$0]) < 1e-4 }, "\(share)")
            }
        }
    }

    @Test func bothHalvesMakeTheWhole() {
        var sounds = TestSounds(seed: 2)
        let sound = sounds.noise(20_000)
        let crossover = Crossover(cutoff: 5000, rate: 48_000)
        #expect(crossover(lower: sound, upper: sound) == sound)
    }

    @Test func blocksWithReachGiveTheWhole() {
        var sounds = TestSounds(seed: 3)
        let (lower, upper) = (sounds.noise(30_000), sounds.noise(30_000))
        let crossover = Crossover(cutoff: 3000, rate: 48_000)
        let whole = crossover(lower: lower, upper: upper)
        let range = 10_000 - crossover.reach..<20_000 + crossover.reach
        let part = crossover(lower: Array(lower[range]), upper: Array(upper[range]))
        let inside = part[crossover.reach..<crossover.reach + 10_000]
        #expect(zip(inside, whole[10_000..<20_000]).allSatisfy { abs($0 - $1) < 1e-5 })
    }
}

@Suite struct CutOffTests {
    /// Sound of one rate, brought to another.
    private func resampled(_ samples: [Float], from: Int, to: Int) throws -> [Float] {
        try Resampler.resample(samples, from: from, to: to)
    }

    private func isNear(_ found: Double, _ expected: Double) -> Bool { abs(found / expected - 1) < 0.06 }

    @Test(arguments: [8000, 11_025, 16_000, 22_050, 32_000]) func theRateOfTheRecordingIsFound(rate: Int) throws {
        var sounds = TestSounds(seed: UInt64(rate), rate: rate)
        let samples = zip(sounds.noise(4 * rate, level: 0.02), sounds.tones([200, 400, 600], 4 * rate)).map(+)
        let found = CutOff.find(in: [try resampled(samples, from: rate, to: 44_100)], rate: 44_100)
        #expect(isNear(found, Double(rate) / 2), "\(found)")
    }

    @Test func aFullBandReachesHalfTheRate() {
        var sounds = TestSounds(seed: 4)
        #expect(CutOff.find(in: [sounds.noise(96_000)], rate: 48_000) == 24_000)
        // A steep decline of 6 dB an octave over its dither is no cliff.
        let rumble = zip(sounds.rumble(96_000, hertz: 200), sounds.noise(96_000, level: 1e-5)).map(+)
        #expect(CutOff.find(in: [rumble], rate: 48_000) == 24_000)
    }

    @Test func silenceAndSingleTonesHaveNoCliff() {
        var sounds = TestSounds(seed: 5)
        #expect(CutOff.find(in: [[Float](repeating: 0, count: 48_000)], rate: 48_000) == 24_000)
        #expect(CutOff.find(in: [sounds.tones([1000], 48_000)], rate: 48_000) == 24_000)
        #expect(CutOff.find(in: [[]], rate: 48_000) == 24_000)
        #expect(CutOff.find(in: [[0.5]], rate: 48_000) == 24_000)
    }

    @Test func aQuietRecordingUnderDitherIsFound() throws {
        var sounds = TestSounds(seed: 6, rate: 16_000)
        let quiet = try resampled(sounds.noise(64_000, level: 1e-3), from: 16_000, to: 48_000)
        var dither = TestSounds(seed: 7)
        let step: Float = 1 / 32_768
        let rounded = zip(quiet, dither.noise(quiet.count, level: step / 2)).map { (($0 + $1) / step).rounded() * step }
        #expect(isNear(CutOff.find(in: [rounded], rate: 48_000), 8000))
    }

    @Test func imagesOfAPoorResamplerDoNotCount() throws {
        // Each sample of 16 kHz three times: the band's images lie above it, shaped by the steps' own response.
        var sounds = TestSounds(seed: 13, rate: 16_000)
        let samples = sounds.noise(64_000, level: 0.1)
        let stepped = samples.flatMap { [$0, $0, $0] }
        let smooth = ConvolutionFilter.lowPass(pass: 7500, stop: 9500, rate: 48_000)(stepped)
        let images = zip(smooth, stepped).map { 0.999 * $0 + 0.001 * $1 }
        let found = CutOff.find(in: [images], rate: 48_000)
        #expect(found > 7000 && found < 9000, "\(found)")
    }

    @Test func rareHighSoundsCount() throws {
        var sounds = TestSounds(seed: 8, rate: 16_000)
        var samples = try resampled(sounds.noise(320_000, level: 0.05), from: 16_000, to: 48_000)
        var high = TestSounds(seed: 9)
        // A seventh of the time.
        for (offset, value) in high.noise(140_000, level: 0.02).enumerated() { samples[400_000 + offset] += value }
        #expect(CutOff.find(in: [samples], rate: 48_000) == 24_000)
    }

    @Test func pausesDoNotCount() throws {
        var sounds = TestSounds(seed: 10, rate: 16_000)
        let speech = try resampled(sounds.noise(16_000, level: 0.1), from: 16_000, to: 48_000)
        var dither = TestSounds(seed: 11)
        let samples = speech + dither.noise(1_000_000, level: 1e-6)
        #expect(isNear(CutOff.find(in: [samples], rate: 48_000), 8000))
    }

    @Test func aFileIsReadInPlaces() throws {
        try Fixture.withTemporaryFolder { folder in
            var sounds = TestSounds(seed: 12, rate: 8000)
            let samples = try resampled(sounds.noise(80_000), from: 8000, to: 44_100)
            let url = folder.appending(path: "x.wav")
            let format = AudioFormat(container: .wav, encoding: .pcm16, rate: 44_100, channels: 2)
            let writer = try AudioWriter(url, format: format, overwrite: false)
            try writer.write([samples, samples.map { -$0 }])
            _ = try writer.finish()
            #expect(isNear(try CutOff.find(in: AudioFile(url)), 4000))
        }
    }
}
