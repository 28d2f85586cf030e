import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

@Suite struct PeakLimiterTests {
    private let rate = 48_000

    private func limited(
        _ channels: [[Float]], blocks: [Int], over bases: [[Float]]? = nil, ceiling: Float = 0.5
    ) -> (result: [[Float]], lowest: Float) {
        var limiter = PeakLimiter(channels: channels.count, rate: rate)
        var result = [[Float]](repeating: [], count: channels.count)
        var (start, block) = (0, 0)
        while start < channels[0].count {
            let end = min(channels[0].count, start + blocks[block % blocks.count])
            let part = limiter.push(
                channels.map { Array($0[start..<end]) }, over: bases.map { $0.map { Array($0[start..<end]) } },
                ceiling: ceiling)
            for channel in part.indices { result[channel] += part[channel] }
            (start, block) = (end, block + 1)
        }
        let rest = limiter.finish()
        return (zip(result, rest).map { $0 + $1 }, limiter.lowest)
    }

    private func peak(_ samples: some Sequence<Float>) -> Float { samples.reduce(0) { max($0, abs($1)) } }

    /// Bursts beyond the ceiling, also at the very ends.
    private var bursts: [[Float]] {
        var sounds = TestSounds(seed: 3)
        let noise = (0..<2).map { _ in sounds.noise(rate, level: 0.1) }
        return noise.map { samples in
            samples.enumerated().map { index, sample in
                [3, 40, 9000, 9100, 24_000, 47_900, 47_998].contains { abs(index - $0) < 3 } ? 20 * sample : sample
            }
        }
    }

    @Test func nothingIsBeyondTheCeilingAndNothingElseIsTouched() {
        let sound = bursts
        let (result, lowest) = limited(sound, blocks: [rate])
        let loudest = peak(result.joined())
        #expect(loudest <= 0.5 * 1.000_001)
        #expect(peak(sound.joined()) > 1)
        #expect(lowest < 0.5)
        // Far from any burst all is as it was.
        let isKept = (22_500..<23_400).allSatisfy { result[0][$0] == sound[0][$0] }
        #expect(isKept)
        let isExact = (38_000..<47_000).allSatisfy { result[0][$0] == sound[0][$0] }
        #expect(isExact)
    }

    @Test func theGainHasNoStepAndIsOneAtTheEnds() {
        let sound = bursts
        let (result, _) = limited(sound, blocks: [rate])
        let gains = sound[0].indices.map { sound[0][$0] == 0 ? 1 : result[0][$0] / sound[0][$0] }
        let others = sound[1].indices.map { sound[1][$0] == 0 ? 1 : result[1][$0] / sound[1][$0] }
        let difference = zip(gains, others).map { abs($0 - $1) }.max() ?? 1
        #expect(difference < 1e-3)
        // A fall of 20 dB in 5 ms is a hundredth a sample; the three samples next to an end have less time.
        let steps = zip(gains[100..<47_800], gains[101...]).map { abs($0 - $1) }
        #expect((steps.max() ?? 1) < 0.02)
        #expect(gains[0] > 0.5)
    }

    @Test(arguments: [[1], [7, 480, 3], [100], [20_000]]) func blocksGiveTheSame(_ blocks: [Int]) {
        let sound = bursts.map { Array($0[..<12_000]) }
        let (whole, _) = limited(sound, blocks: [rate])
        let (result, _) = limited(sound, blocks: blocks)
        #expect(result[0].count == 12_000)
        let difference = zip(result.joined(), whole.joined()).map { abs($0 - $1) }.max() ?? 1
        #expect(difference < 1e-6)
    }

    /// What is added to it afterwards is not lowered, and counts.
    @Test func theSumIsBelowTheCeiling() {
        let sound = bursts
        let bases = [[Float](repeating: 0.4, count: rate), [Float](repeating: -0.3, count: rate)]
        let (result, _) = limited(sound, blocks: [5000], over: bases)
        let loudest = (0..<2).map { channel in peak(zip(result[channel], bases[channel]).map { $0 + $1 }) }
        #expect(loudest.max() ?? 1 <= 0.5 * 1.000_001)
    }

    @Test func whatIsNotTooLoudIsNotTouched() {
        let sound = bursts
        let (result, lowest) = limited(sound, blocks: [999], ceiling: 100)
        let isSame = result == sound
        #expect(isSame && lowest == 1)
    }

    /// A source is read as far as it takes to know that it was as loud.
    @Test func theSourcesPeakIsTheCeiling() throws {
        var samples = [Float](repeating: 0.1, count: 100_000)
        samples[90_000] = -0.7
        let source = Waveform(channels: [samples], rate: rate)
        let ceiling = PeakCeiling(source, limit: nil)
        func whole(_ ceiling: PeakCeiling, _ level: Float) throws -> Float {
            try ceiling.value(for: PeakCeiling.Peak(whole: level, centred: 0)).whole
        }
        #expect(try whole(ceiling, 0.05) == 0.1)
        #expect(try whole(ceiling, 0.5) == 0.7)
        #expect(try whole(ceiling, 2) == 0.7)
        #expect(try whole(PeakCeiling(source, limit: 0.6), 2) == 0.6)
        // Around an offset of 0.1 the loudest is at 0.8.
        let centred = try ceiling.value(for: PeakCeiling.Peak(whole: 0, centred: 2)).centred
        #expect(abs(centred - 0.8) < 0.001)
        let silence = Waveform(channels: [[Float](repeating: 0, count: 10)], rate: rate)
        #expect(try whole(PeakCeiling(silence, limit: 1), 2) == 1)
    }

    /// The band that was made yields before the kept one does.
    @Test func ofTwoBandsTheNewOneYields() {
        var sounds = TestSounds(seed: 5)
        let own = sounds.tones([200], rate, level: 0.9)
        let added = sounds.noise(rate, level: 0.05)
        var ceiling = BandCeiling(0.999, channels: 1, rate: rate)
        var result = ceiling.push(kept: [own], added: [added])[0]
        result += ceiling.finish()[0]
        #expect(result.count == rate)
        #expect(peak(zip(own, added).map { $0 + $1 }) > 1)
        #expect(peak(result) <= 0.999)
        #expect(ceiling.notes.count == 1)
        // The tone comes through whole: its level by a product with itself.
        let tone = zip(result, own).reduce(0.0) { $0 + Double($1.0 * $1.1) } / own.reduce(0.0) { $0 + Double($1 * $1) }
        #expect(abs(20 * log10(tone)) < 0.1)
    }
}
