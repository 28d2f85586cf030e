internal import Core

/// Joins the source's own band with what the model made above it, block by block at the rate of the result.
struct BandMerge {
    private let source: any SoundSource
    /// What is added to each channel of the source.
    private let offsets: [Float]
    private let crossover: Crossover
    private let total: Int
    private let made: Resampler
    private let own: [Resampler]
    /// Frames of the result: the model's, and the source's channels. The first of them is frame `first`.
    private var madeFrames: [Float] = []
    private var ownFrames: [[Float]]
    private var first = 0
    /// The model's frames as they go into the channels; of each channel as many as `madeFrames` were used for.
    private var spread: [[Float]]
    private var levels: ChannelLevels
    /// nil where no sample is too loud.
    private var ceiling: BandCeiling?
    /// The next frame to be given.
    private var given = 0
    /// The next frame of the source to be read.
    private var position = 0

    private static let blockFrames = 1 << 16

    /// - Parameters:
    ///   - source: without its offsets.
    ///   - offsets: put back in each channel.
    ///   - rate: of the result.
    ///   - fullScale: the largest sample that the result can hold; nil where it holds all.
    init(
        _ source: any SoundSource, offsets: [Float], weights: [Float], cutoff: Double, modelRate: Int, rate: Int,
        fullScale: Float?
    ) throws {
        self.source = source
        self.offsets = offsets
        crossover = Crossover(cutoff: cutoff, rate: rate)
        made = try Resampler(from: modelRate, to: rate)
        own = try (0..<source.channelCount).map { _ in try Resampler(from: source.rate, to: rate) }
        ownFrames = [[Float]](repeating: [], count: source.channelCount)
        spread = ownFrames
        levels = ChannelLevels(weights: weights, rate: rate)
        ceiling = fullScale.map { BandCeiling($0, channels: source.channelCount, rate: rate) }
        total = Resampler.length(source.frames, from: source.rate, to: rate)
    }

    /// Takes the next samples of the model and gives the channels of the frames that are complete.
    mutating func push(_ samples: [Float]) throws -> [[Float]] {
        madeFrames += made.process(samples)
        return try give(until: min(total, first + madeFrames.count - crossover.reach))
    }

    /// The rest.
    mutating func finish() throws -> [[Float]] {
        madeFrames += made.finish()
        madeFrames += [Float](repeating: 0, count: max(0, total - first - madeFrames.count))
        let last = try give(until: total)
        guard let rest = ceiling?.finish() else { return last }
        return zip(last, rest).map { $0 + $1 }
    }

    /// What was lowered to stay below full scale, one sentence each.
    var notes: [String] { ceiling?.notes ?? [] }

    private mutating func give(until end: Int) throws -> [[Float]] {
        guard end > given else { return [[Float]](repeating: [], count: source.channelCount) }
        let seen = min(total, end + crossover.reach)
        try read(until: seen)
        let range = 0..<seen - first
        let fresh = spread[0].count..<range.upperBound
        let shares = levels.next(ownFrames.map { $0[fresh] })
        let wanted = given - first..<end - first
        let bands = ownFrames.indices.map { channel in
            spread[channel] += zip(shares[channel], madeFrames[fresh]).map { $0 * $1 }
            let bands = crossover.parts(lower: Array(ownFrames[channel][range]), upper: Array(spread[channel][range]))
            return (own: bands.lower[wanted].map { $0 + offsets[channel] }, added: Array(bands.upper[wanted]))
        }
        let result =
            ceiling?.push(kept: bands.map(\.own), added: bands.map(\.added))
            ?? bands.map { zip($0.own, $0.added).map { $0 + $1 } }
        given = end
        let dropped = max(0, given - crossover.reach - first)
        madeFrames.removeFirst(dropped)
        for channel in ownFrames.indices {
            ownFrames[channel].removeFirst(dropped)
            spread[channel].removeFirst(dropped)
        }
        first += dropped
        return result
    }

    /// Reads the source until so many frames of the result are there.
    private mutating func read(until end: Int) throws {
        while first + ownFrames[0].count < end, position < source.frames {
            let next = min(source.frames, position + Self.blockFrames)
            let block = try source.read(frames: position..<next)
            for channel in own.indices {
                ownFrames[channel] += own[channel].process(block[channel])
                if next == source.frames { ownFrames[channel] += own[channel].finish() }
            }
            position = next
        }
    }
}
