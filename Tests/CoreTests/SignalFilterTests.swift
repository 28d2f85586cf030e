import Core
import Foundation
import TestSupport
import Testing

@Suite struct SignalFilterTests {
    private func noise(_ count: Int, seed: UInt64) -> [Float] {
        var random = TestRandom(seed: seed)
        return (0..<count).map { _ in random.next() }
    }

    @Test(arguments: [(1, 10), (3, 1), (31, 5000), (601, 700), (1201, 9001)])
    func aFilterIsTheSum(taps: Int, count: Int) {
        let filter = ConvolutionFilter(taps: noise(taps, seed: 1))
        let samples = noise(count, seed: 2)
        let result = filter(samples)
        #expect(result.count == count)
        for index in stride(from: 0, to: count, by: max(1, count / 200)) {
            var sum = 0.0
            for (tap, weight) in filter.taps.enumerated() {
                let place = index + filter.reach - tap
                if samples.indices.contains(place) { sum += Double(weight) * Double(samples[place]) }
            }
            #expect(abs(Double(result[index]) - sum) < 1e-4)
        }
    }

    @Test func aLowPassPassesAndStops() {
        let filter = ConvolutionFilter.lowPass(pass: 900, stop: 1000, rate: 8000)
        let size = 1 << 14
        let response = FourierTransform.ofSize(size).forward(filter.taps)
        for bin in response.real.indices {
            let hertz = Double(bin) * 8000 / Double(size)
            let gain = Double(
                (response.real[bin] * response.real[bin] + response.imaginary[bin] * response.imaginary[bin])
            )
            .squareRoot()
            if hertz <= 900 { #expect(abs(gain - 1) < 1e-4, "\(hertz) Hz") }
            if hertz >= 1000 { #expect(gain < 1e-4, "\(hertz) Hz") }
        }
    }

    @Test func aResponseIsDrawn() {
        var response = Spectrum(bins: 513)
        for bin in 0..<513 { response.real[bin] = bin < 256 ? 2 : 0.5 }
        let filter = ConvolutionFilter(response: response, reach: 128)
        let drawn = FourierTransform.ofSize(1024).forward(filter.taps)
        for (bin, expected) in [(20, 2.0), (200, 2.0), (300, 0.5), (500, 0.5)] as [(Int, Double)] {
            let gain = Double(drawn.real[bin] * drawn.real[bin] + drawn.imaginary[bin] * drawn.imaginary[bin])
                .squareRoot()
            #expect(abs(gain - expected) < 0.01)
        }
    }

    @Test func tonesAreContinued() {
        func tones(_ range: Range<Int>) -> [Float] {
            range.map { Float(0.3 * sin(Double($0) * 0.051) + 0.2 * sin(Double($0) * 0.37 + 1)) }
        }
        let past = tones(0..<4000)
        let prediction = LinearPrediction(of: past, order: 64)
        #expect(prediction.order == 64)
        let next = prediction.continuation(of: past, count: 300)
        #expect(zip(next, tones(4000..<4300)).allSatisfy { abs($0 - $1) < 0.01 })
        #expect(prediction.errors(of: past)[64...].allSatisfy { abs($0) < 1e-3 })
    }

    @Test func whatIsContinuedDiesAway() {
        let samples = noise(2000, seed: 3)
        let next = LinearPrediction(of: samples, order: 200).continuation(of: samples, count: 20_000)
        #expect(next.allSatisfy { abs($0) < 2 })
        #expect(next.suffix(100).allSatisfy { abs($0) < 1e-2 })
    }

    @Test func nothingIsContinuedFromNothing() {
        #expect(LinearPrediction(of: [], order: 10).continuation(of: [Float](), count: 3) == [0, 0, 0])
        let silence = [Float](repeating: 0, count: 100)
        #expect(LinearPrediction(of: silence, order: 10).continuation(of: silence, count: 2) == [0, 0])
    }
}
