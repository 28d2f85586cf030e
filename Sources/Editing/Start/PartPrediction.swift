internal import Core
internal import Foundation

/// What linear prediction knows of one channel of a region, and what the rest adds to it.
struct PartPrediction: Sendable {
    private let before: [Float]
    private let after: [Float]
    private let count: Int
    private let rate: Int
    private let gap: GapInterpolation
    private let belief: PredictionBelief?
    /// What the sides foretell, and that as far as they were found to do so.
    private let raw: [Float]
    let foretold: [Float]

    /// The largest errors that are drawn, in standard deviations: where the recording has none beyond, the whole region would be lowered
    /// for a few of them.
    private static let largest = 3.0

    init(before: [Float], after: [Float], count: Int, rate: Int, isDoubted: Bool) {
        let gap = GapInterpolation(before: before, after: after, count: count, settings: .init(rate: rate, gap: count))
        self.before = before
        self.after = after
        self.count = count
        self.rate = rate
        self.gap = gap
        raw = gap.samples.map(Float.init)
        belief = isDoubted ? PredictionBelief(gap, before: before, after: after, count: count, rate: rate) : nil
        foretold = belief?(raw) ?? raw
    }

    /// The region with noise of the predictor's process.
    func filledWithNoise(seed: UInt64) -> [Float] {
        let innovation = gap.innovation
        guard innovation > 0 else { return foretold }
        let drawn = TorchRandom.normals(count: count + gap.predictor.order, seed: seed)
        let noise = gap.deviation(
            innovations: drawn.map { innovation * min(Self.largest, max(-Self.largest, Double($0))) }, count: count)
        let missing = MissingShare(foretold, before: before, after: after, rate: rate)
        return zip(foretold, missing(noise.map(Float.init), levelled: true)).map { $0 + $1 }
    }

    /// The region with what a generated sound's sides do not foretell of it, where something of the recording is foretold, and with that
    /// sound as it is spliced in where nothing is.
    ///
    /// The splice holds the edges: what the sides of a sound of another colour foretell by the recording's predictor may be far off.
    /// - Parameter spliced: the region of that sound alone, continuous with the recording at both edges.
    func filled(with fill: [Float], leading: Int, trailing: Int, spliced: [Float]) -> [Float] {
        guard let belief else { return spliced }
        let inside = Array(fill[leading..<leading + count])
        let own = gap.foretold(
            before: before.isEmpty ? [] : fill[..<leading].map(Double.init),
            after: after.isEmpty ? [] : fill[(leading + count)...].map(Double.init), count: count)
        let missing = MissingShare(raw, before: before, after: after, rate: rate)
        let rest = missing(zip(inside, own).map { $0 - Float($1) }, levelled: false)
        let way = missing.held((0..<count).map { raw[$0] + rest[$0] - spliced[$0] })
        return belief.led(spliced, by: way)
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
