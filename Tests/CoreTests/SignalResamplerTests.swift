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

    /// What the transforms do, sum by sum: the low-pass's response at every distance, in double precision.
    private func directly(_ samples: [Float], from: Int, to: Int) -> [Double] {
        let (attenuation, reach) = (120.0, 256.0)
        let lower = Double(min(from, to))
        let width = (attenuation - 7.95) / (2.285 * 2 * Double.pi * 2 * (reach - 1))
        let cutoff = 1 - width
        let bessel = { (x: Double) in
            (1...80).reduce((sum: 1.0, term: 1.0)) { so, k in
                let term = so.term * (x / 2 / Double(k)) * (x / 2 / Double(k))
                return (so.sum + term, term)
            }.sum
        }
        // The window ends one sample of the higher rate after the filter.
        let dense = Double(max(from, to)) / lower
        let half = (((reach - 1) * dense).rounded(.up) + 1) / dense
        let beta = 0.1102 * (attenuation - 8.7)
        let response = { (distance: Double) in
            let place = distance / half
            guard abs(place) < 1 else { return 0.0 }
            let ideal = distance == 0 ? cutoff : sin(.pi * cutoff * distance) / (.pi * distance)
            return ideal * bessel(beta * (1 - place * place).squareRoot()) / bessel(beta)
        }
        return (0..<Resampler.length(samples.count, from: from, to: to)).map { n in
            let time = Double(n) / Double(to)
            let near =
                Int(((time - reach / lower) * Double(from)).rounded(.up))...Int((time + reach / lower) * Double(from))
            return near.clamped(to: 0...samples.count - 1).reduce(0) { sum, index in
                sum + Double(samples[index]) * response((time - Double(index) / Double(from)) * lower)
            } * lower / Double(from)
        }
    }

    @Test(arguments: [
        (44_100, 48_000), (22_050, 48_000), (48_000, 22_050), (8000, 44_100), (96_000, 44_100), (48_000, 47_999),
        (7, 11), (1, 256),
    ])
    func itIsTheSumThatItStandsFor(from: Int, to: Int) throws {
        var state: UInt32 = 5
        let samples = (0..<max(8, 900 * from / max(from, to))).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) / Float(1 << 23) - 1
        }
        let (made, expected) = (
            try Resampler.resample(samples, from: from, to: to), directly(samples, from: from, to: to)
        )
        #expect(made.count == expected.count)
        let error = zip(made, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(20 * log10(error) < -100, "off by \(error)")
    }

    @Test func whatTheLowerRateCannotHoldIsGone() throws {
        let made = try Resampler.resample(sine(4100, rate: 48_000, count: 48_000), from: 48_000, to: 8000)
        let loudest = made[1000..<7000].map(abs).max() ?? .infinity
        #expect(20 * log10(loudest / 0.5) < -110, "left: \(loudest)")
    }

    @Test func ratesTooFarApartAreRefused() {
        #expect(throws: AudioError.unsupportedRate(rate: 100, other: 48_000)) { try Resampler(from: 100, to: 48_000) }
    }
}
