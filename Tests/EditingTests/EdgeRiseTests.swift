import TestSupport
import Testing

@testable import Editing

/// What a fill may have right at the edges of its region.
@Suite struct EdgeRiseTests {
    private static let rate = 48_000
    private let margin = 12_000
    private let count = 24_000

    private func held(_ fill: [Float], after recording: [Float]) -> [Float] {
        EdgeRise(rate: Self.rate)(fill, after: recording)
    }

    /// The level in dB of a piece of 5 ms, so many ms after the edge.
    private func level(_ samples: [Float], _ milliseconds: Int) -> Double {
        decibels(samples[margin + 48 * milliseconds..<margin + 48 * (milliseconds + 5)])
    }

    @Test(arguments: [Float(0), 0.0001])
    func whatComesOutOfAPauseHasAnOnset(pause: Float) {
        var sounds = TestSounds(seed: 3)
        let recording = sounds.noise(margin, level: pause)
        let fill = sounds.noise(margin + count, level: 0.1)
        let made = held(fill, after: recording)
        #expect(made.count == fill.count)
        #expect(level(made, 0) < level(fill, 0) - 30 && level(made, 10) < level(fill, 10) - 15)
        #expect(abs(level(made, 80) - level(fill, 80)) < 0.1)
        #expect(made.suffix(count - 5000) == fill.suffix(count - 5000))
    }

    /// Steady noise is as loud at the edge as anywhere, and so it stays; and so does what is softer than the recording.
    @Test(arguments: [Float(0.1), 0.02])
    func whatIsNoLouderStays(level: Float) {
        let trials = (0..<12).map { (seed: UInt64) -> (fill: [Float], made: [Float]) in
            var sounds = TestSounds(seed: seed)
            let recording = sounds.noise(margin, level: 0.1)
            let fill = sounds.noise(margin + count, level: level)
            return (fill, held(fill, after: recording))
        }
        let losses = (0..<8).map { step in
            let losses = trials.map { self.level($0.fill, 5 * step) - self.level($0.made, 5 * step) }
            return losses.reduce(0, +) / Double(losses.count)
        }
        #expect(losses.allSatisfy { abs($0) < 0.5 }, "\(losses)")
    }
}
