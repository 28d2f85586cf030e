internal import Core
internal import Foundation

/// What linear prediction knows of one channel of a region, and what the rest adds to it.
struct PartPrediction: Sendable {
    private let before: [Float]
    private let after: [Float]
    private let count: Int
    private let rate: Int
    private let gap: GapInterpolation
    /// What the sides foretell, as far as they were found to do so.
    let foretold: [Float]

    init(before: [Float], after: [Float], count: Int, rate: Int) {
        let gap = GapInterpolation(before: before, after: after, count: count, settings: .init(rate: rate, gap: count))
        self.before = before
        self.after = after
        self.count = count
        self.rate = rate
        self.gap = gap
        let raw = gap.samples.map(Float.init)
        let belief = PredictionBelief(gap, before: before, after: after, count: count, rate: rate)
        foretold = belief.map { $0(raw) } ?? raw
    }

    /// The region with noise of the predictor's process.
    func filledWithNoise(seed: UInt64) -> [Float] {
        guard gap.innovation > 0 else { return foretold }
        let drawn = TorchRandom.normals(count: count + gap.predictor.order, seed: seed)
        let noise = gap.deviation(innovations: drawn.map { gap.innovation * Double($0) }, count: count)
        return joined(noise.map(Float.init), levelled: true)
    }

    /// The region with what a generated sound's sides do not foretell of it.
    func filled(with fill: [Float], leading: Int, trailing: Int) -> [Float] {
        let inside = Array(fill[leading..<leading + count])
        let own = gap.foretold(
            before: before.isEmpty ? [] : fill[..<leading].map(Double.init),
            after: after.isEmpty ? [] : fill[(leading + count)...].map(Double.init), count: count)
        return joined(zip(inside, own).map { $0 - Float($1) }, levelled: false)
    }

    private func joined(_ rest: [Float], levelled: Bool) -> [Float] {
        let missing = MissingShare(foretold, before: before, after: after, rate: rate)
        return zip(foretold, missing(rest, levelled: levelled)).map { $0 + $1 }
    }
}

extension TorchRandom {
    /// Independent normal numbers.
    static func normals(count: Int, seed: UInt64) -> [Float] {
        var random = TorchRandom(seed: seed)
        // From 16 on the generator draws in blocks.
        return Array(random.normal([max(16, count)]).elements[..<count])
    }
}
