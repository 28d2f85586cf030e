internal import Core

/// How much a figure would vary with the sounds that it is taken of (B. Efron, 1979): it is taken again of as many sounds drawn from
/// those that there are, each as often as it comes.
struct Bootstrap {
    /// The draws of cheap figures, and of those that need a decomposition for each.
    static let manyDraws = 1000
    static let fewDraws = 100
    /// Fewer sounds tell nothing about others.
    private static let fewestSounds = 4

    /// The middle 95 % of the drawn figures, moved so that their mean is the figure itself: a distance of sets comes out larger for a
    /// draw that has sounds twice.
    /// - Parameters:
    ///   - estimate: the figure of all sounds.
    ///   - counts: the number of sounds of each set that is drawn from.
    ///   - draws: how often.
    ///   - figure: the figure of the sounds with these indices, in each set; it is called from several threads.
    /// - Returns: nil where there are too few sounds.
    static func interval(
        around estimate: Double, counts: [Int], draws: Int, _ figure: @Sendable ([[Int]]) -> Double
    ) -> Measure.Interval? {
        guard counts.allSatisfy({ $0 >= fewestSounds }) else { return nil }
        let figures = Parallel.map(draws) { draw in
            var random = SplitMix(seed: UInt64(draw))
            return figure(counts.map { count in (0..<count).map { _ in random.next(below: count) } })
        }.sorted()
        let shift = estimate - figures.reduce(0, +) / Double(draws)
        return Measure.Interval(low: quantile(0.025, of: figures) + shift, high: quantile(0.975, of: figures) + shift)
    }

    /// The mean of some values, one per sound, with its interval.
    static func mean(_ values: [Double]) -> (value: Double, interval: Measure.Interval?) {
        @Sendable func mean(_ indices: [Int]) -> Double {
            indices.reduce(0) { $0 + values[$1] } / Double(max(1, indices.count))
        }
        let value = mean(Array(values.indices))
        return (value, interval(around: value, counts: [values.count], draws: manyDraws) { mean($0[0]) })
    }

    /// Between the two nearest values in proportion, as numpy has it.
    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let low = min(Int(place), sorted.count - 2)
        return sorted[low] + (place - Double(low)) * (sorted[low + 1] - sorted[low])
    }
}

/// SplitMix64 (G. Steele and others, 2014).
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next(below count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)).multipliedFullWidth(by: UInt64(count)).high)
    }
}
