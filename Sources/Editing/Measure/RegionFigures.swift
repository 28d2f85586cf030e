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
        for samples in channels {
            power += samples.reduce(0.0) { $0 + Double($1) * Double($1) }
            count += samples.count
        }
        var edges: [(before: [Float], after: [Float])] = []
        if let before { edges += zip(before, channels).map { ($0, $1) } }
        if let after { edges += zip(channels, after).map { ($0, $1) } }
        let seams = Parallel.map(edges.count) { [edges] in
            SoundMeasures.seam(between: edges[$0].before, edges[$0].after, rate: rate)
        }
        seam = (seams.compactMap { $0 } + [seam].compactMap { $0 }).max()
    }

    /// In dB; nil where either is silent.
    func levelDifference(to surroundings: [[Float]]) -> Double? {
        let inside = power / Double(max(1, count))
        guard inside > 1e-14, let outside = SoundMeasures.level(surroundings.flatMap { $0 }) else { return nil }
        return 10 * log10(inside) - outside
    }
}
