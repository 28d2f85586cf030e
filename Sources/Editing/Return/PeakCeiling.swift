internal import Core

/// The largest sample that an edit may make: the loudest of its source, and what the new file's encoding holds. Of one thread.
///
/// A source that swings around an offset has two bounds: how far its samples are from zero, and how far they are from the offset.
final class PeakCeiling {
    /// The loudest sample, counted from zero and from the baseline.
    struct Peak: Equatable {
        var whole: Float
        var centred: Float
    }

    /// nil where the source sets no bound.
    private let source: (any SoundSource)?
    private let limit: Float
    /// In each channel; nil before it was needed.
    private var level: [Float]?
    /// The loudest samples of the frames that were looked at.
    private var found = Peak(whole: 0, centred: 0)
    /// The next frame to look at. Most edits never come near the source's peak, and much of a long file is never read.
    private var position = 0

    private static let blockFrames = 1 << 15

    /// - Parameters:
    ///   - source: the sound that sets a bound by its own peak; nil for none.
    ///   - limit: what the destination holds; nil where it holds everything.
    init(_ source: (any SoundSource)?, limit: Float?) {
        self.source = source
        self.limit = limit ?? .infinity
    }

    /// The lowest and the highest sample; nil of none.
    private static func extremes(of samples: [Float]) -> (low: Float, high: Float)? {
        guard var low = samples.first else { return nil }
        var high = low
        for sample in samples {
            low = sample < low ? sample : low
            high = sample > high ? sample : high
        }
        return (low, high)
    }

    /// The ceiling for samples of which the loudest are these. Where the source reaches them, so much is told and no more; a source of
    /// silence sets no bound.
    func value(for peak: Peak) throws -> Peak {
        guard let source else { return Peak(whole: limit, centred: .infinity) }
        while found.whole < peak.whole || found.centred < peak.centred, position < source.frames {
            let known = try level ?? Baseline.level(of: source)
            level = known
            let next = min(source.frames, position + Self.blockFrames)
            for (channel, samples) in try source.read(frames: position..<next).enumerated() {
                guard let (low, high) = Self.extremes(of: samples) else { continue }
                found.whole = max(found.whole, high, -low)
                found.centred = max(found.centred, high - known[channel], known[channel] - low)
            }
            position = next
        }
        if position == source.frames, found.whole == 0 { return Peak(whole: limit, centred: limit) }
        return Peak(whole: min(limit, found.whole), centred: found.centred)
    }
}
