import Core
import Foundation
import Testing

@Suite struct SignalResamplerTests {
    private func sine(_ hertz: Double, rate: Int, count: Int) -> [Float] {
        (0..<count).map { Float(0.5 * sin(2 * .pi * hertz * Double($0) / Double(rate) + 0.3)) }
    }

    @Test(arguments: [
        (44_100, 48_000), (48_000, 44_100), (8000, 48_000), (48_000, 16_000), (16_000, 44_100), (96_000, 48_000),
    ])
    func aSineStaysInPhase(from: Int, to: Int) throws {
        let hertz = 0.3 * Double(min(from, to))
        let result = try Resampler.resample(sine(hertz, rate: from, count: from / 2), from: from, to: to)
        let expected = sine(hertz, rate: to, count: result.count)
        let inside = result.count / 8..<result.count * 7 / 8
        let error = inside.map { abs(Double(result[$0]) - Double(expected[$0])) }.max() ?? .infinity
        #expect(20 * log10(error / 0.5) < -100, "off by \(error)")
    }

    @Test func theLengthIsTheRuleWhateverTheBlocks() throws {
        for (from, to) in [(44_100, 48_000), (48_000, 16_000), (11_025, 44_100), (48_000, 48_000), (7, 11)] {
            for count in [1, 2, 159, 1000, 12_345] {
                let samples = (0..<count).map { Float(($0 * 7919) % 200) / 200 - 0.5 }
                let whole = try Resampler.resample(samples, from: from, to: to)
                #expect(whole.count == Int((Double(count) * Double(to) / Double(from)).rounded(.up)))
                let resampler = try Resampler(from: from, to: to)
                var pieces: [Float] = []
                var start = 0
                for size in [1, 17, 400, 3000, count] where start < count {
                    let end = min(count, start + size)
                    pieces += resampler.process(Array(samples[start..<end]))
                    start = end
                }
                pieces += resampler.finish()
                #expect(pieces == whole, "\(from) to \(to), \(count) samples")
            }
        }
    }

    @Test func aFactorBeyondTheLibraryIsRefused() {
        #expect(throws: AudioError.unsupportedRate(rate: 100, other: 48_000)) { try Resampler(from: 100, to: 48_000) }
    }
}
