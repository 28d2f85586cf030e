internal import Core
internal import Foundation

/// The last step of what replaces a region: it is brought under a ceiling and onto its baseline.
struct RegionFinish {
    private let region: Range<Int>
    private let source: any SoundSource
    private let baseline: Baseline
    private let ceiling: PeakCeiling
    private var limiter: PeakLimiter

    /// - Parameter source: without its baseline.
    init(_ region: Range<Int>, _ source: any SoundSource, _ baseline: Baseline, _ ceiling: PeakCeiling) {
        self.region = region
        self.source = source
        self.baseline = baseline
        self.ceiling = ceiling
        limiter = PeakLimiter(channels: source.channelCount, rate: source.rate)
    }

    /// By how many dB the loudest moments were lowered, at most; nil where they were not.
    var peakReduction: Double? {
        let reduction = -20 * log10(Double(limiter.lowest))
        // Less is rounding.
        return reduction >= 0.05 ? reduction : nil
    }

    /// Frames that are ready.
    struct Ready {
        /// Without the baseline, and with it, `[channel][frame]`.
        var centred: [[Float]]
        var samples: [[Float]]
        /// The first frame, and whether it is the region's.
        var start: Int
        var isFirst: Bool
    }

    /// Takes the next frames, without their baseline, and gives those that are ready; blocks come in order.
    mutating func callAsFunction(_ channels: [[Float]], _ frames: Range<Int>, isLast: Bool) throws -> Ready {
        let bases = baseline(frames)
        var peak = PeakCeiling.Peak(whole: 0, centred: 0)
        for (samples, bases) in zip(channels, bases) {
            for (sample, base) in zip(samples, bases) {
                peak.whole = max(peak.whole, abs(sample + base))
                peak.centred = max(peak.centred, abs(sample))
            }
        }
        let ceiling = try ceiling.value(for: peak)
        let start = region.lowerBound + limiter.given
        var centred = limiter.push(channels, over: bases, ceiling: ceiling.whole, own: ceiling.centred)
        if isLast { centred = zip(centred, limiter.finish()).map { $0 + $1 } }
        let samples = zip(centred, baseline(start..<start + centred[0].count)).map { samples, base in
            zip(samples, base).map { sample, base in
                let sum = sample + base
                return sum.isFinite ? min(max(sum, -ceiling.whole), ceiling.whole) : sum
            }
        }
        return Ready(centred: centred, samples: samples, start: start, isFirst: start == region.lowerBound)
    }

    /// Takes what is to be added to the source in the next frames, and gives those that are ready: only what is added is lowered.
    mutating func callAsFunction(_ change: RectangleMerge.Change, isLast: Bool) throws -> Ready {
        let bases = Self.sum(change.source, baseline(change.frames))
        let highest = Self.sum(bases, change.added).reduce(Float(0)) { max($0, $1.reduce(0) { max($0, abs($1)) }) }
        let ceiling = try ceiling.value(for: PeakCeiling.Peak(whole: highest, centred: 0)).whole
        let start = region.lowerBound + limiter.given
        var added = limiter.push(change.added, over: bases, ceiling: ceiling)
        if isLast { added = zip(added, limiter.finish()).map { $0 + $1 } }
        let frames = start..<start + added[0].count
        let centred = Self.sum(try source.read(frames: frames), added)
        let samples = Self.sum(centred, baseline(frames)).map { $0.map { min(max($0, -ceiling), ceiling) } }
        return Ready(centred: centred, samples: samples, start: start, isFirst: start == region.lowerBound)
    }

    private static func sum(_ a: [[Float]], _ b: [[Float]]) -> [[Float]] {
        zip(a, b).map { zip($0, $1).map { $0 + $1 } }
    }
}
