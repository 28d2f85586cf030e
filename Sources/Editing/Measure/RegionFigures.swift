internal import Core
internal import Foundation

/// The figures of a fill, gathered block by block.
struct RegionFigures {
    private var power = 0.0
    private var count = 0
    /// As `SoundMeasures.seam` has it, the worse of both edges and of all channels.
    private(set) var seam: Double?

    /// Takes the next block of a region, with what is before it and after it where it ends there.
    mutating func add(_ channels: [[Float]], before: [[Float]]?, after: [[Float]]?, rate: Int) {
        for (channel, samples) in channels.enumerated() {
            power += samples.reduce(0.0) { $0 + Double($1) * Double($1) }
            count += samples.count
            if let before = before?[channel] { note(before, Array(samples.prefix(rate / 2)), rate) }
            if let after = after?[channel] { note(Array(samples.suffix(rate / 2)), after, rate) }
        }
    }

    private mutating func note(_ before: [Float], _ after: [Float], _ rate: Int) {
        let near = min(before.count, rate / 2)
        guard let value = SoundMeasures.seam(before.suffix(near) + after.prefix(rate / 2), edge: near, rate: rate)
        else {
            return
        }
        seam = max(seam ?? value, value)
    }

    /// In dB; nil where either is silent.
    func levelDifference(to surroundings: [[Float]]) -> Double? {
        let inside = power / Double(max(1, count))
        guard inside > 1e-14, let outside = SoundMeasures.level(surroundings.flatMap { $0 }) else { return nil }
        return 10 * log10(inside) - outside
    }
}
