internal import Core
internal import Foundation

/// Joins the source's own band with what the model made above it, block by block at the rate of the result.
struct BandMerge {
    private let source: any SoundSource
    /// What is added to each channel of the source.
    private let offsets: [Float]
    /// nil where nothing comes above the source's own band.
    private let crossover: Crossover?
    private let holes: HoleFilling?
    private let total: Int
    private let made: Resampler
    private let own: [Resampler]
    /// Frames of the result: the model's, and the source's channels. The first of them is frame `first`.
    private var madeFrames: [Float] = []
    private var ownFrames: [[Float]]
    private var first = 0
    /// The model's frames as they go into the channels.
    private var spread: [[Float]]
    private var image: UpperImage
    private let decorrelators: [ConvolutionFilter]
    /// nil where no sample is too loud.
    private var ceiling: BandCeiling?
    /// Cells of time and frequency that were empty, of so many that were looked at.
    private var (empty, cells) = (0, 0)
    /// The next frame to be given.
    private var given = 0
    /// The next frame of the source to be read.
    private var position = 0

    private static let blockFrames = 1 << 16

    /// - Parameters:
    ///   - source: without its offsets.
    ///   - offsets: put back in each channel.
    ///   - cutoff: where the source's own band ends; nil where nothing comes above it.
    ///   - holes: how holes below are found and filled; nil to leave them.
    ///   - rate: of the result.
    ///   - fullScale: the largest sample that the result can hold; nil where it holds all.
    init(
        _ source: any SoundSource, offsets: [Float], weights: [Float], cutoff: Double?, holes: HoleFilling? = nil,
        modelRate: Int, rate: Int, fullScale: Float?
    ) throws {
        self.source = source
        self.offsets = offsets
        self.holes = holes
        crossover = cutoff.map { Crossover(cutoff: $0, rate: rate) }
        made = try Resampler(from: modelRate, to: rate)
        own = try (0..<source.channelCount).map { _ in try Resampler(from: source.rate, to: rate) }
        ownFrames = [[Float]](repeating: [], count: source.channelCount)
        spread = ownFrames
        image = UpperImage(weights: weights, cutoff: cutoff ?? Double(min(rate, source.rate)) / 2, rate: rate)
        decorrelators = Decorrelator.filters(image.versions, rate: rate)
        ceiling = fullScale.map { BandCeiling($0, channels: source.channelCount, rate: rate) }
        total = Resampler.length(source.frames, from: source.rate, to: rate)
    }

    /// Frames to either side of a frame of the result that it depends on, once the channels have their own.
    private var reach: Int { (crossover?.reach ?? 0) + (holes?.reach ?? 0) }
    /// Frames of the model to either side of one that it becomes in the channels.
    private var spreadReach: Int { decorrelators.first?.reach ?? 0 }

    /// Takes the next samples of the model and gives the channels of the frames that are complete.
    mutating func push(_ samples: [Float]) throws -> [[Float]] {
        madeFrames += made.process(samples)
        return try give(spreading: min(total, first + madeFrames.count - spreadReach))
    }

    /// The rest.
    mutating func finish() throws -> [[Float]] {
        madeFrames += made.finish()
        madeFrames += [Float](repeating: 0, count: max(0, total - first - madeFrames.count))
        let last = try give(spreading: total)
        guard let rest = ceiling?.finish() else { return last }
        return zip(last, rest).map { $0 + $1 }
    }

    /// What was lowered to stay below full scale, one sentence each.
    var notes: [String] {
        let share = 100 * Double(empty) / Double(max(1, cells))
        let filled = holes == nil ? [] : [String(format: "Holes were %.1f %% of the sound below its cut-off.", share)]
        return filled + (ceiling?.notes ?? [])
    }

    /// Goes on with the model's frames up to `seen`, which are complete.
    private mutating func give(spreading seen: Int) throws -> [[Float]] {
        let end = seen == total ? total : seen - reach
        guard end > given else { return [[Float]](repeating: [], count: source.channelCount) }
        try read(until: min(total, seen + image.lookahead))
        image.hear(ownFrames, from: first, isComplete: first + ownFrames[0].count >= total)
        spread(until: seen)
        let (range, wanted) = (0..<seen - first, given - first..<end - first)
        let bands = Parallel.map(ownFrames.count) { channel in
            joined(Array(ownFrames[channel][range]), spread[channel], channel, wanted)
        }
        for filling in bands.compactMap(\.filling) {
            empty += filling.empty
            cells += filling.cells
        }
        let result =
            ceiling?.push(kept: bands.map(\.own), added: bands.map(\.added))
            ?? bands.map { zip($0.own, $0.added).map { $0 + $1 } }
        given = end
        drop(before: min(given - reach, seen - spreadReach, seen - image.lookahead))
        return result
    }

    /// What of the source and what of the model is in a channel of the result.
    private func joined(
        _ own: [Float], _ spread: [Float], _ channel: Int, _ wanted: Range<Int>
    ) -> (own: [Float], added: [Float], filling: HoleFilling.Filling?) {
        let filled = holes?(own, filledBy: spread, channel: channel, from: first)
        let parts = crossover?.parts(lower: own, upper: spread)
        let kept = (parts?.lower ?? own)[wanted].map { $0 + offsets[channel] }
        var added = Array((parts?.upper ?? [Float](repeating: 0, count: spread.count))[wanted])
        if let filled {
            let below = crossover?.parts(lower: filled.samples, upper: []).lower ?? filled.samples
            for index in added.indices { added[index] += below[wanted.lowerBound + index] }
        }
        return (kept, added, filled)
    }

    /// Gives the channels their own of the model's frames.
    private mutating func spread(until seen: Int) {
        let fresh = first + spread[0].count..<seen
        guard !fresh.isEmpty else { return }
        let places = fresh.lowerBound / image.hop...fresh.upperBound / image.hop + 1
        let gains = places.map { image.gains($0) }
        let near =
            max(
                first, fresh.lowerBound - spreadReach)..<min(
                first + madeFrames.count, fresh.upperBound + spreadReach)
        let model = Array(madeFrames[near.lowerBound - first..<near.upperBound - first])
        let isDiffuse = gains.contains { !$0.diffuse.isEmpty }
        let versions = isDiffuse ? decorrelators.map { $0(model) } : []
        let (hop, lowest) = (image.hop, places.lowerBound)
        let parts = Parallel.map(spread.count) { channel in
            var part = [Float](repeating: 0, count: fresh.count)
            func add(_ sound: [Float], _ gain: (UpperImage.Gains) -> Float) {
                for place in places.dropLast() {
                    let (now, next) = (gain(gains[place - lowest]), gain(gains[place - lowest + 1]))
                    guard now != 0 || next != 0 else { continue }
                    let frames = (place * hop..<(place + 1) * hop).clamped(to: fresh)
                    let step = (next - now) / Float(hop)
                    for frame in frames {
                        part[frame - fresh.lowerBound] +=
                            (now + step * Float(frame - place * hop)) * sound[frame - near.lowerBound]
                    }
                }
            }
            add(model) { $0.direct[channel] }
            for (version, sound) in versions.enumerated() {
                add(sound) { $0.diffuse.isEmpty ? 0 : $0.diffuse[channel * versions.count + version] }
            }
            return part
        }
        for channel in spread.indices { spread[channel] += parts[channel] }
        image.drop(before: seen)
    }

    /// Lets go of what lies before a frame.
    private mutating func drop(before frame: Int) {
        let aligned = frame / image.hop * image.hop
        let dropped = max(0, aligned - first)
        guard dropped > 0 else { return }
        madeFrames.removeFirst(dropped)
        for channel in ownFrames.indices {
            ownFrames[channel].removeFirst(dropped)
            spread[channel].removeFirst(dropped)
        }
        first += dropped
    }

    /// Reads the source until so many frames of the result are there.
    private mutating func read(until end: Int) throws {
        while first + ownFrames[0].count < end, position < source.frames {
            let next = min(source.frames, position + Self.blockFrames)
            let block = try source.read(frames: position..<next)
            let resamplers = own
            let isLast = next == source.frames
            let parts = resamplers.indices.map { channel in
                resamplers[channel].process(block[channel]) + (isLast ? resamplers[channel].finish() : [])
            }
            for channel in own.indices { ownFrames[channel] += parts[channel] }
            position = next
        }
    }
}
