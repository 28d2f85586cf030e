internal import Foundation

/// What linear prediction makes of the gap between two stretches of samples: what of it is foretold by them, and by which predictor.
///
/// Burg's predictors of both sides are continued into the gap and faded over; then some rounds of Janssen's method fit one predictor to both
/// sides with what is in the gap, and take the samples with the smallest errors under it. Compare "Short-range audio inpainting"
/// (arXiv 2403.04433), which finds orders of 1024 to 2048 best at 48 kHz.
public struct GapInterpolation: Sendable {
    /// What the sides foretell: towards the middle of a gap less and less, but for tones.
    public let samples: [Double]
    /// The predictor that most of it is from.
    public let predictor: LinearPrediction
    private let fits: [Fit]
    /// What the predictor was fitted to on either side.
    private let sides: [[Double]]
    private let joined: Int

    /// How far a predictor sees, and what it is fitted to.
    public struct Span: Sendable {
        /// Past samples that a prediction is made of, at most.
        public var order: Int
        /// Samples to either side that the predictor is fitted to, at most.
        public var context: Int
    }

    /// The settings of an interpolation.
    public struct Settings: Sendable {
        /// The predictors that are fitted, at least one: over a long stretch for what lasts, over a short one for what changes.
        public var spans: [Span]
        /// Rounds of fitting and interpolation, at least one.
        public var rounds: Int
        /// Samples of a gap up to which both sides are led to each other; a longer one is foretold from either side and faded over.
        public var joined: Int

        /// What serves gaps of some length.
        /// - Parameters:
        ///   - rate: the sampling rate in Hz.
        ///   - gap: samples in the gap. A click needs less than a dropout does.
        public init(rate: Int, gap: Int) {
            let most = max(32, 2048 * rate / 48_000)
            let order = min(most, max(most / 8, 4 * gap))
            let long = Span(order: order, context: max(12 * order, min(2 * rate, gap)))
            let short = Span(order: order / 2, context: 2 * order)
            // Of a long gap only what lasts is foretold, and what another fit would add is not worth its time.
            let isLong = gap > 3 * rate / 10
            spans = isLong ? [long] : [long, short]
            // Beyond 0.12 s a third round brings nothing.
            let isShort = gap <= 12 * rate / 100
            rounds = isLong ? 1 : isShort ? 3 : 2
            joined = 6 * rate / 10
        }
    }

    /// A predictor and its share in what is foretold.
    private struct Fit {
        let predictor: LinearPrediction
        var share: Double
    }

    /// Samples of a side that its own predictor is fitted to, and that predictor's order.
    private static let (sideContext, sideOrder) = (4096, 512)
    /// The power of its error by which a predictor counts for less.
    private static let sharpness = 4.0

    /// - Parameters:
    ///   - before: the samples up to the gap; none where it begins a sound.
    ///   - after: the samples from the gap's end on; none where it ends a sound.
    ///   - count: samples in the gap, above 0.
    ///   - settings: how far it looks and how it is rounded off.
    public init(before: [Float], after: [Float], count: Int, settings: Settings) {
        let (left, right) = (before.map(Double.init), after.map(Double.init))
        joined = settings.joined
        let start = Self.started(before, after, count: count, settings)
        let shares = Self.shares(left, right, count: count, settings)
        var (fits, samples) = ([Fit](), [Double](repeating: 0, count: count))
        for (span, share) in zip(settings.spans, shares) {
            let (predictor, gap) = Self.fitted(left, right, start, span, count: count, settings)
            fits.append(Fit(predictor: predictor, share: share))
            for index in gap.indices { samples[index] += share * gap[index] }
        }
        self.fits = fits
        self.samples = samples
        let best = fits.indices.max { fits[$0].share < fits[$1].share } ?? 0
        predictor = fits[best].predictor
        let context = settings.spans[best].context
        sides = [Array(left.suffix(context)), Array(right.prefix(context))]
    }

    /// The rms of the predictor's errors in the sides, found anew each time that it is asked for.
    public var innovation: Double {
        let errors = sides.flatMap(predictor.predictionErrors).map { $0 * $0 }
        guard !errors.isEmpty else { return 0 }
        let mean = errors.reduce(0, +) / Double(errors.count)
        // A few large errors, as of beats, are not what goes on.
        let median = errors.sorted()[errors.count / 2] / 0.455
        return min(mean, 2 * median).squareRoot()
    }

    /// What other sides foretell by the same predictors.
    /// - Parameters:
    ///   - before: the samples up to the gap; none where it begins a sound.
    ///   - after: the samples from the gap's end on; none where it ends a sound.
    ///   - count: samples in the gap, above 0.
    public func foretold(before: [Double], after: [Double], count: Int) -> [Double] {
        var result = [Double](repeating: 0, count: count)
        for fit in fits where fit.share > 0 {
            let gap = Self.foretold(fit.predictor, before, after, count: count, joined: joined)
            for index in gap.indices { result[index] += fit.share * gap[index] }
        }
        return result
    }

    /// How far samples of the process differ from what is foretold, drawn at random.
    /// - Parameters:
    ///   - innovations: the errors of the process, `count + order` of them.
    ///   - count: the number of samples in the gap.
    public func deviation(innovations: [Double], count: Int) -> [Double] {
        count <= joined
            ? predictor.deviation(innovations: innovations, count: count)
            // Far from both sides it is the process itself.
            : predictor.process(innovations: innovations, count: count)
    }

    /// A predictor of both sides and the gap, and what it makes of the gap.
    private static func fitted(
        _ before: [Double], _ after: [Double], _ start: [Double], _ span: Span, count: Int, _ settings: Settings
    ) -> (LinearPrediction, [Double]) {
        let (left, right) = (Array(before.suffix(span.context)), Array(after.prefix(span.context)))
        // What lies beyond the sides counts as zeros, which are no sound.
        let order = min(span.order, left.isEmpty ? right.count : left.count, right.isEmpty ? left.count : right.count)
        var (predictor, gap) = (LinearPrediction(coefficients: []), start)
        for _ in 0..<max(1, settings.rounds) {
            // What a long gap begins with is the sides', and says nothing that they do not.
            predictor = LinearPrediction(
                autocorrelationOf: gap.isEmpty ? [left, right] : [left + gap + right], order: order)
            gap = foretold(predictor, left, right, count: count, joined: settings.joined)
        }
        return (predictor, gap)
    }

    /// How far each predictor is believed: by its errors in known pieces beside the gap, which it has not seen.
    private static func shares(
        _ before: [Double], _ after: [Double], count: Int, _ settings: Settings
    ) -> [Double] {
        let spans = settings.spans
        guard spans.count > 1 else { return [1] }
        var errors = [Double](repeating: 0, count: spans.count)
        for side in [before, after.reversed()] {
            let tail = spans[0].order
            let piece = min(count, 5 * tail / 4)
            guard side.count > 2 * (tail + piece) else { continue }
            let end = side.count - tail
            let (past, known, next) = (side[..<(end - piece)], side[end - piece..<end], Array(side[end...]))
            for (index, span) in spans.enumerated() {
                let past = Array(past.suffix(span.context))
                let predictor = LinearPrediction(autocorrelationOf: [past, next], order: span.order)
                let guess = foretold(predictor, past, next, count: piece, joined: settings.joined)
                errors[index] += zip(guess, known).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
        }
        let weights = errors.map { pow(max($0, 1e-12), -sharpness) }
        return weights.map { $0 / weights.reduce(0, +) }
    }

    private static func foretold(
        _ predictor: LinearPrediction, _ before: [Double], _ after: [Double], count: Int, joined: Int
    ) -> [Double] {
        if count <= joined, !before.isEmpty, !after.isEmpty {
            return predictor.interpolation(before: before, after: after, count: count)
        }
        return faded(
            before.isEmpty ? nil : predictor.continuation(of: before, count: count),
            after.isEmpty ? nil : predictor.continuation(of: after.reversed(), count: count).reversed(), count: count)
    }

    /// Both sides continued into the gap by their own predictors and faded over.
    private static func started(_ before: [Float], _ after: [Float], count: Int, _ settings: Settings) -> [Double] {
        guard count <= settings.joined else { return [] }
        let order = min(sideOrder, settings.spans[0].order)
        func continued(_ side: [Float]) -> [Double]? {
            guard side.count > 8 else { return nil }
            let side = Array(side.suffix(sideContext))
            return LinearPrediction(of: side, order: order).continuation(of: side, count: count).map(Double.init)
        }
        return faded(
            continued(before), continued(after.prefix(sideContext).reversed())?.reversed(), count: count)
    }

    /// One sound going over into the other; what there is where one of them is missing.
    private static func faded(_ left: [Double]?, _ right: [Double]?, count: Int) -> [Double] {
        switch (left, right) {
        case (let left?, let right?):
            zip(left, right).enumerated().map { index, pair in
                let cosine = cos(.pi / 2 * (Double(index) + 0.5) / Double(count))
                return pair.1 + cosine * cosine * (pair.0 - pair.1)
            }
        case (let left?, nil): left
        case (nil, let right?): right
        case (nil, nil): [Double](repeating: 0, count: count)
        }
    }
}
