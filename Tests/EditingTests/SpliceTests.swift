import Foundation
import TestSupport
import Testing

@testable import Editing

@Suite struct SpliceTests {
    private static let rate = 48_000
    private let margin = 12_000
    private let count = 24_000

    /// A recording with its region, and a second sound of the same kind in its place.
    private func trial(_ seed: UInt64, _ make: (inout TestSounds) -> [Float]) -> (recording: [Float], result: [Float]) {
        var sounds = TestSounds(seed: seed)
        let recording = make(&sounds)
        let fill = make(&sounds)
        return (recording, spliced(recording, fill))
    }

    private func spliced(_ recording: [Float], _ fill: [Float]) -> [Float] {
        let (before, after) = (Array(recording[..<margin]), Array(recording[(margin + count)...]))
        return before + Splice(rate: Self.rate)(fill, before: before, after: after) + after
    }

    private var total: Int { 2 * margin + count }

    /// The level in dB in frames of 5 ms from 20 ms before the edge to 80 ms after it, against the recording's mean.
    private func levels(_ trials: [(recording: [Float], result: [Float])]) -> [Double] {
        let length = 240
        return (-4..<16).map { frame in
            var (sum, reference) = (0.0, 0.0)
            for (recording, result) in trials {
                for edge in [margin, total - margin] {
                    // Mirrored at the second edge.
                    let start = edge == margin ? edge + frame * length : edge - (frame + 1) * length
                    sum += pow(10, decibels(result[start..<start + length]) / 10)
                    reference += pow(10, decibels(recording) / 10)
                }
            }
            return 10 * log10(sum / reference)
        }
    }

    private func worstSeam(_ trials: [(recording: [Float], result: [Float])]) -> Double {
        trials.flatMap { trial in
            [margin, total - margin].compactMap { edge in
                SoundMeasures.seam(Array(trial.result[edge - 6000..<edge + 6000]), edge: 6000, rate: Self.rate)
            }
        }.max() ?? .infinity
    }

    @Test func noiseHasNeitherDipNorClick() {
        let trials = (0..<12).map { seed in trial(seed) { $0.noise(total) } }
        let levels = levels(trials)
        #expect(levels.allSatisfy { abs($0) < 1 }, "\(levels)")
        #expect(worstSeam(trials) < 1)
    }

    @Test func lowNoiseHasNeitherDipNorClick() {
        let trials = (0..<32).map { seed in trial(seed) { $0.rumble(total, hertz: 500) } }
        let levels = levels(trials)
        // 5 ms of rumble vary by themselves: the dip is looked for over 20 ms.
        let smooth = (4..<16).map { index in levels[index - 1...min(index + 2, 19)].reduce(0, +) / 4 }
        #expect(smooth.allSatisfy { abs($0) < 1 }, "\(levels)")
        #expect(worstSeam(trials) < 1)
    }

    @Test(arguments: [[440.3], [110, 220, 330, 440, 550, 660, 770, 880], [1000.7, 1503.1, 2718.3]])
    func tonesGoOnInPhase(hertz: [Double]) {
        let trials = (0..<4).map { seed in trial(seed) { $0.tones(hertz, total) } }
        // The envelope over a period: frames of 5 ms of a sum of tones beat, so each trial is held against its recording.
        for (recording, result) in trials {
            let length = 960
            for start in stride(from: margin - length, to: total - margin + length, by: length / 2) {
                let level = decibels(result[start..<start + length])
                let natural = stride(from: 0, to: total - length, by: length / 2).map {
                    decibels(recording[$0..<$0 + length])
                }
                #expect(level > (natural.min() ?? 0) - 1 && level < (natural.max() ?? 0) + 1)
            }
            // Tones of other phases add up to another largest step, but to none that is beyond their sum.
            let largest = hertz.enumerated().reduce(0) { $0 + 0.3 / Double($1.offset + 1) * $1.element }
            let steps = zip(result, result.dropFirst()).map { abs($1 - $0) }.max() ?? 0
            #expect(Double(steps) < 1.02 * 2 * .pi * largest / Double(Self.rate))
        }
    }

    @Test func aToneInNoiseGoesOn() {
        let trials = (0..<24).map { seed in
            trial(seed) { sounds in zip(sounds.tones([523], total, level: 0.1), sounds.noise(total, level: 0.03)).map(+)
            }
        }
        let levels = levels(trials)
        #expect(levels.allSatisfy { abs($0) < 1 }, "\(levels)")
        #expect(worstSeam(trials) < 1)
    }

    @Test func theRecordingItselfFitsWithoutATrace() {
        var sounds = TestSounds(seed: 7)
        let recording = zip(sounds.tones([300, 700], total), sounds.noise(total)).map(+)
        let result = spliced(recording, recording)
        #expect(zip(result, recording).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func silenceBeforeAFillGetsNoClick() {
        var sounds = TestSounds(seed: 8)
        let fill = sounds.noise(total)
        let region = Splice(rate: Self.rate)(
            fill, before: [Float](repeating: 0, count: margin), after: [Float](repeating: 0, count: margin))
        #expect(region.count == count)
        let silence = [Float](repeating: 0, count: margin)
        for samples in [silence + region + silence, silence + region.reversed() + silence] {
            let seam = SoundMeasures.seam(samples, edge: margin, rate: Self.rate)
            #expect(seam.map { $0 < 0 } == true, "\(String(describing: seam)) dB")
            #expect(abs(samples[margin]) < (region.map(abs).max() ?? 0) / 3)
        }
    }

    @Test(arguments: [0, 1, 2, 50, 400, 3000]) func shortRegionsAndMarginsDoNoHarm(count: Int) {
        for margin in [0, 1, 5, 100, 3000] {
            for rate in [8000, 44_100, 96_000] {
                var sounds = TestSounds(seed: UInt64(count + margin), rate: rate)
                let recording = sounds.tones([200, 900], count + 2 * margin)
                let fill = sounds.tones([200, 900], count + 2 * margin)
                let region = Splice(rate: rate)(
                    fill, before: Array(recording[..<margin]), after: Array(recording[(margin + count)...]))
                #expect(region.count == count)
                #expect(region.allSatisfy { abs($0) < 2 })
            }
        }
    }

    @Test func theEndsOfAFileAreLeftAsTheyAre() {
        var sounds = TestSounds(seed: 9)
        let fill = sounds.noise(2000)
        #expect(Splice(rate: Self.rate)(fill, before: [], after: []) == fill)
    }
}
