import Foundation
import TestSupport

/// Sounds for tests of the editing, at 48 kHz unless said otherwise.
struct TestSounds {
    let rate: Int
    private var random: TestRandom

    init(seed: UInt64, rate: Int = 48_000) {
        self.rate = rate
        random = TestRandom(seed: seed)
    }

    /// White noise, nearly normal, of a power of `level` squared.
    mutating func noise(_ count: Int, level: Float = 0.1) -> [Float] {
        (0..<count).map { _ in
            var sum: Float = 0
            for _ in 0..<6 { sum += random.next() }
            return sum * level / Float(2).squareRoot()
        }
    }

    /// Tones of random phases.
    mutating func tones(_ hertz: [Double], _ count: Int, level: Float = 0.3) -> [Float] {
        var result = [Float](repeating: 0, count: count)
        for (index, frequency) in hertz.enumerated() {
            let phase = Double(random.next()) * .pi
            let amplitude = level / Float(index + 1)
            for n in 0..<count {
                result[n] += amplitude * Float(sin(2 * .pi * frequency * Double(n) / Double(rate) + phase))
            }
        }
        return result
    }

    /// Noise through a one-pole low-pass.
    mutating func rumble(_ count: Int, hertz: Double, level: Float = 0.1) -> [Float] {
        let pole = Float(exp(-2 * .pi * hertz / Double(rate)))
        var state: Float = 0
        return noise(count + 4000, level: level * ((1 + pole) / (1 - pole)).squareRoot()).map { value in
            state = pole * state + (1 - pole) * value
            return state
        }.suffix(count)
    }
}

/// The level in dB of a stretch of samples.
func decibels(_ samples: some Sequence<Float>) -> Double {
    var (sum, count) = (0.0, 0.0)
    for sample in samples {
        sum += Double(sample) * Double(sample)
        count += 1
    }
    return 10 * log10(sum / max(1, count) + 1e-16)
}
