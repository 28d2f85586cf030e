internal import Core
internal import Foundation

/// Finds clipping: runs of samples at the largest value that a channel has, which the sound reached at a slope and stayed at.
struct ClippingFinder {
    private let source: any SoundSource

    /// The share of the largest value that counts as it.
    private static let share: Float = 0.998
    /// Samples of a run, at least.
    private static let shortest = 3
    /// How much steeper the way into a run is than the run itself, at least.
    private static let steepness: Float = 4
    /// The value below which nothing is clipped.
    private static let quietest: Float = 0.01

    init(_ source: any SoundSource) { self.source = source }

    func findings(least: Double) throws -> [Finding] {
        let count = source.channelCount
        let limits = try extremes()
        let reader = BlockReader(source: source, length: 1 << 16, margin: 1 << 12)
        let found = try reader.map { block -> [(frames: Range<Int>, confidence: Double)] in
            (0..<count).flatMap { channel in
                Self.runs(in: block.channels[channel], limits: limits[channel])
                    .map { ($0.frames.shifted(by: block.start), $0.confidence) }
                    .filter { block.own.contains($0.0.lowerBound) }
            }
        }
        return Find.merged(found.filter { $0.confidence >= least }, rate: source.rate)
    }

    /// The smallest and the largest sample of each channel.
    private func extremes() throws -> [(low: Float, high: Float)] {
        var result = [(low: Float, high: Float)](repeating: (0, 0), count: source.channelCount)
        for start in stride(from: 0, to: source.frames, by: 1 << 16) {
            for (channel, samples) in try source.read(frames: start..<min(source.frames, start + 1 << 16)).enumerated()
            {
                result[channel].low = min(result[channel].low, samples.min() ?? 0)
                result[channel].high = max(result[channel].high, samples.max() ?? 0)
            }
        }
        return result
    }

    private static func runs(
        in samples: [Float], limits: (low: Float, high: Float)
    ) -> [(frames: Range<Int>, confidence: Double)] {
        var result: [(frames: Range<Int>, confidence: Double)] = []
        var place = 1
        while place < samples.count {
            let limit = samples[place] > 0 ? limits.high : limits.low
            func isAtLimit(_ sample: Float) -> Bool {
                abs(limit) > quietest && abs(sample) >= share * abs(limit) && sample * limit > 0
            }
            guard isAtLimit(samples[place]) else {
                place += 1
                continue
            }
            var end = place
            while end < samples.count, isAtLimit(samples[end]) { end += 1 }
            defer { place = max(end, place + 1) }
            guard end - place >= shortest, end < samples.count else { continue }
            var inside: Float = 0
            for index in place + 1..<end { inside = max(inside, abs(samples[index] - samples[index - 1])) }
            let outside = min(abs(samples[place] - samples[place - 1]), abs(samples[end] - samples[end - 1]))
            guard outside > steepness * inside, outside > 1e-5 else { continue }
            // The longer and the flatter, the surer.
            result.append((place..<end, 1 - exp2(-Double(end - place) / 2)))
        }
        return result
    }
}
