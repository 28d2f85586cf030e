import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

/// An offset that a converter added is no sound: an edit is what it is without it, and the offset is there again.
@Suite struct BaselineTests {
    static let rate = 16_000
    static let quiet = JobFixture.sound(seconds: 3, rate: rate, channels: 2).map { $0.map { 0.02 * $0 } }

    /// The sound on a line that falls in one channel and rises in the other.
    static let lines: [(start: Float, end: Float)] = [(0.05, 0.02), (-0.01, 0.03)]

    private func line(_ channel: Int, _ frame: Int, of frames: Int) -> Float {
        let (start, end) = Self.lines[channel]
        return start + (end - start) * Float(frame) / Float(frames)
    }

    private func offset(_ channels: [[Float]], isLevel: Bool) -> [[Float]] {
        channels.indices.map { channel in
            channels[channel].indices.map {
                channels[channel][$0]
                    + line(channel, isLevel ? 0 : $0, of: channels[channel].count)
            }
        }
    }

    private static let settings = try! Settings(for: Inpaint.self, steps: 10)

    static let regions = [Region(start: 1, end: 1.4), Region(start: 1.9, end: 2)]
    static let jobs: [any EditRequest] = [
        try! Inpaint(regions: regions, settings: settings),
        try! Inpaint(regions: regions, condition: Condition(prompt: "rain"), settings: settings),
        try! Inpaint(regions: [Region(start: 0, end: 0.2), Region(start: 2.5, end: 3)], settings: settings),
        try! Restyle(strength: 0.6, regions: regions, condition: Condition(prompt: "rain"), settings: settings),
        try! Restyle(strength: 0.6, condition: Condition(prompt: "rain"), settings: settings),
        try! Upsample(cutoff: 7000, settings: settings),
    ]

    private func made(_ job: any EditRequest, of channels: [[Float]]) throws -> ([[Float]], EditReport) {
        let destination = WaveformDestination()
        let report = try JobFixture.editor().perform(
            job, from: Waveform(channels: channels, rate: Self.rate), to: destination)
        return (try #require(destination.waveform).channels, report)
    }

    @Test(arguments: jobs.indices) func anOffsetChangesNothing(_ job: Int) throws {
        let (plain, figures) = try made(Self.jobs[job], of: Self.quiet)
        let (other, otherFigures) = try made(Self.jobs[job], of: offset(Self.quiet, isLevel: true))
        let level = JobFixture.level(plain[0])
        for channel in plain.indices {
            let difference = zip(other[channel], plain[channel]).map { $0 - $1 - Self.lines[channel].start }
            // What a resampler rings at a file's ends is not the model's.
            let heard = difference[3000..<difference.count - 3000]
            let error = JobFixture.level(heard) - level
            #expect(error < -30, "channel \(channel): \(error) dB")
        }
        for (a, b) in zip(figures.edits, otherFigures.edits) {
            #expect((a.levelDifference == nil) == (b.levelDifference == nil))
            let difference = abs((a.levelDifference ?? 0) - (b.levelDifference ?? 0))
            #expect(difference < 0.1)
        }
    }

    /// Both ends of a region lie on the line, and what is in between is as far from it as without a line from zero: but for what
    /// the line rises or falls over the half second from which a passage is taken.
    @Test func aLineGoesOn() throws {
        let (result, _) = try made(Self.jobs[0], of: offset(Self.quiet, isLevel: false))
        let (plain, _) = try made(Self.jobs[0], of: Self.quiet)
        let frames = result[0].count
        for channel in result.indices {
            let fill = (16_000..<22_400).map {
                result[channel][$0] - line(channel, $0, of: frames) - plain[channel][$0]
            }
            for quarter in 0..<4 {
                let mean = fill[quarter * 1600..<(quarter + 1) * 1600].reduce(0, +) / 1600
                #expect(abs(mean) < 0.007, "channel \(channel), quarter \(quarter): \(mean)")
            }
        }
    }

    @Test func theBaselineIsALine() throws {
        let frames = 48_000
        let straight = (0..<frames).map { 0.1 - 0.2 * Float($0) / Float(frames) }
        let source = Waveform(channels: [straight], rate: Self.rate)
        let region = 20_000..<28_000
        let baseline = try Baseline(
            of: source, PassagePlan(frames: 0..<frames, regions: [region]), among: [region]
        ) { [0] }
        let values = baseline(region)[0]
        // The means are those of half a second to either side, a quarter of a second away.
        #expect(abs(values[0] - straight[16_000]) < 1e-4)
        #expect(abs(values[7999] - straight[32_000]) < 1e-4)
        let middle = abs(values[4000] - straight[24_000])
        #expect(middle < 1e-4)
        #expect(baseline(0..<1)[0] == [values[0]])
        let silence = Waveform(channels: [[Float](repeating: 0, count: frames)], rate: Self.rate)
        let none = try Baseline(
            of: silence, PassagePlan(frames: 0..<frames, regions: [region]), among: [region]
        ) { [1] }
        #expect(none.isZero)
        let everything = try Baseline(
            of: source, PassagePlan(frames: 0..<frames, regions: [0..<frames]), among: [0..<frames]
        ) { [0.5] }
        #expect(everything(0..<2) == [[0.5, 0.5]])
    }
}
