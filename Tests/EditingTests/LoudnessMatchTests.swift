import Foundation
import Testing

@testable import Editing

@Suite struct LoudnessMatchTests {
    private static let rate = 8000

    private static func tone(_ level: (Int) -> Float) -> [Float] {
        (0..<16_000).map { level($0) * Float(($0 / 4) % 2 == 0 ? 1 : -1) }
    }

    /// A steady sound gets the steps of another within the time over which loudness is taken, in all channels alike.
    @Test func momentsAreAsLoudAsTheSources() {
        let source = [Self.tone { $0 < 8000 ? 0.5 : 0.05 }, Self.tone { $0 < 8000 ? 0.5 : 0.05 }]
        let made = [Self.tone { _ in 0.2 }, Self.tone { _ in 0.1 }]
        var match = LoudnessMatch(.dynamics, rate: Self.rate)
        let result = match(made, like: source, counting: 0..<16_000)
        let power = { (index: Int) in result.reduce(0) { $0 + $1[index] * $1[index] } }
        #expect(abs(power(4000) - 0.5) < 1e-3 && abs(power(12_000) - 0.005) < 1e-5)
        let near = (Double(power(8000 - 170)) - 0.5, Double(power(8000 + 170)) - 0.005)
        #expect(abs(near.0) < 0.01 && abs(near.1) < 1e-4, "\(near)")
        let isAlike = result[0].indices.allSatisfy { abs(result[0][$0] - 2 * result[1][$0]) < 1e-6 }
        #expect(isAlike)
    }

    /// What breaks off in the middle of a steady sound has its level all the same.
    @Test func whatIsThereMakesUpForWhatIsNot() {
        var match = LoudnessMatch(.dynamics, rate: Self.rate)
        let made = [Self.tone { $0 < 8000 ? 0.2 : 1e-6 }]
        let result = match(made, like: [Self.tone { _ in 0.3 }], counting: 0..<16_000)
        let power = result[0].reduce(0) { $0 + Double($1) * Double($1) } / 16_000
        #expect(abs(10 * log10(power / 0.09)) < 0.05)
        #expect(abs(result[0][12_000]) < 1e-4)
    }

    /// However loud something was, what comes after it is as loud as the source.
    @Test func aBurstIsForgotten() {
        var match = LoudnessMatch(.dynamics, rate: Self.rate)
        let made = [Self.tone { (4000..<4100).contains($0) ? 1e9 : 1e-3 }]
        let result = match(made, like: [Self.tone { _ in 5e-3 }], counting: 0..<16_000)
        #expect(abs(abs(result[0][12_000]) - 5e-3) < 5e-5)
        #expect(result[0].allSatisfy { abs($0) < 0.2 })
    }

    @Test func nothingIsMadeOutOfNothing() {
        var match = LoudnessMatch(.dynamics, rate: Self.rate)
        let loud = match([Self.tone { _ in 1e-4 }], like: [Self.tone { _ in 0.5 }], counting: 0..<16_000)
        #expect(abs(abs(loud[0][5000]) - 4e-3) < 1e-5)
        let quiet = match([Self.tone { _ in 0.3 }], like: [[Float](repeating: 0, count: 16_000)], counting: 0..<16_000)
        #expect(abs(quiet[0][5000]) < 2e-5)
    }

    /// Without the dynamics a block has one gain, which the next block's takes over from.
    @Test func theLevelIsOneGain() {
        var match = LoudnessMatch(.none, rate: Self.rate)
        let made = [Self.tone { $0 < 8000 ? 0.3 : 0.1 }]
        let first = match(made, like: [Self.tone { _ in 0.4 }], counting: 0..<16_000)
        let gains = zip(first[0], made[0]).map { $0 / $1 }
        let isOne = gains.allSatisfy { abs($0 - gains[0]) < 1e-5 }
        #expect(isOne)
        let power = first[0].reduce(0) { $0 + Double($1) * Double($1) } / 16_000
        #expect(abs(power - 0.16) < 1e-4)
        let second = match(made, like: [Self.tone { _ in 0.2 }], counting: 1000..<15_000)
        let next = zip(second[0], made[0]).map { $0 / $1 }
        #expect(abs(next[900] - gains[0]) < 1e-5 && abs(next[1200] - next[900]) > 1e-3)
        #expect(abs(next[1000 + 400] - next[14_000]) < 1e-5)
    }
}
