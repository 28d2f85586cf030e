import Foundation
import TestSupport
import Testing

@testable import Core
@testable import Editing

/// Made treble is raised, and its moments are drawn apart.
@Suite struct UpperLiftTests {
    private func decibels(_ nepers: Float) -> Double { Double(nepers) * 8.685_89 }

    @Test(arguments: [(8000.0, 5.0), (16_000, 5), (4000, 6.25), (2000, 7.5), (1000, 7.5)])
    func aSteadyBandIsRaisedByOneGain(cutoff: Double, raised: Double) {
        let gains = UpperLift(above: cutoff, framesPerSecond: 100).gains([Float](repeating: 0.3, count: 700))
        #expect(gains.allSatisfy { abs(decibels($0) - raised) < 1e-3 })
    }

    /// 10 dB softer: 4 dB less gain; what is far softer is lowered by 6 dB; what is loud more than 1.3 s away counts for nothing.
    @Test func softMomentsAreRaisedLess() {
        let powers = (0..<1000).map { frame -> Float in frame < 300 ? 1 : frame < 400 ? 0.1 : frame < 600 ? 1e-6 : 0.1 }
        let gains = UpperLift(above: 8000, framesPerSecond: 100).gains(powers).map(decibels)
        #expect(abs(gains[150] - 5) < 1e-3)
        #expect(abs(gains[350] - 1) < 1e-3)
        #expect(abs(gains[450] + 6) < 1e-3)
        #expect(abs(gains[800] - 5) < 1e-3)
        #expect(zip(gains, gains.dropFirst()).allSatisfy { abs($0 - $1) < 8 })
    }

    @Test func theSourcesBandsAndSilenceStay() {
        var random = TestRandom(seed: 3)
        let mel = random.tensor(1, 50, 8)
        var raised = mel
        let lift = UpperLift(above: 8000, framesPerSecond: 100)
        lift(&raised, from: 5)
        let change = (raised - mel).elements
        #expect(change.indices.allSatisfy { $0 % 8 >= 5 || change[$0] == 0 })
        for frame in stride(from: 0, to: change.count, by: 8) {
            #expect(abs(change[frame + 5] - change[frame + 7]) < 1e-5 && change[frame + 5] != 0)
        }
        #expect(lift.gains([Float](repeating: 0, count: 10)).allSatisfy { $0.isFinite })
        lift(&raised, from: 8)
        #expect((raised - mel).elements == change)
    }
}
