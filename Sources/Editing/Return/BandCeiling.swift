internal import Foundation

/// Keeps a sound of two bands below full scale: the band that was made yields first, and only where the kept one alone is too loud, as
/// samples between those of the source may be, all of it is lowered.
struct BandCeiling {
    private let fullScale: Float
    private var added: PeakLimiter
    private var whole: PeakLimiter
    /// The kept band of the frames that `added` has not given yet.
    private var kept: [[Float]]

    /// The most by which the new band yields: a quarter of it stays.
    private static let least: Float = 0.25

    init(_ fullScale: Float, channels: Int, rate: Int) {
        self.fullScale = fullScale
        added = PeakLimiter(channels: channels, rate: rate)
        whole = PeakLimiter(channels: channels, rate: rate)
        kept = [[Float]](repeating: [], count: channels)
    }

    /// Takes the next frames of both bands, `[channel][frame]`, and gives those that are finished.
    mutating func push(kept own: [[Float]], added upper: [[Float]]) -> [[Float]] {
        for channel in kept.indices { kept[channel] += own[channel] }
        let lowered = added.push(upper, over: own, ceiling: fullScale, least: Self.least)
        return held(whole.push(joined(lowered), ceiling: fullScale))
    }

    /// The rest.
    mutating func finish() -> [[Float]] {
        let last = whole.push(joined(added.finish()), ceiling: fullScale)
        return held(zip(last, whole.finish()).map { $0 + $1 })
    }

    private mutating func joined(_ upper: [[Float]]) -> [[Float]] {
        upper.indices.map { channel in
            let sum = zip(kept[channel], upper[channel]).map { $0 + $1 }
            kept[channel].removeFirst(sum.count)
            return sum
        }
    }

    /// A gain that was rounded up may miss by the last bit.
    private func held(_ channels: [[Float]]) -> [[Float]] {
        channels.map { $0.map { $0.isFinite ? min(max($0, -fullScale), fullScale) : $0 } }
    }

    /// What was lowered, one sentence each.
    var notes: [String] {
        [
            (added, "The new band was lowered by up to %.1f dB at the loudest moments, to stay below full scale."),
            (whole, "The loudest moments were lowered by up to %.1f dB, the kept band too, to stay below full scale."),
        ].compactMap { limiter, words in
            limiter.lowest < 0.994 ? String(format: words, -20 * log10(Double(limiter.lowest))) : nil
        }
    }
}
