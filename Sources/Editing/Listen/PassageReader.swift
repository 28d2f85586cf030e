internal import Core

/// One channel, or a mix of channels, of a stretch of a sound at another rate, read where it is asked for.
///
/// Sample 0 lies at the time of the axis's origin; samples before it are there if the source has them.
struct PassageReader: Sendable {
    let source: any SoundSource
    let axis: SampleAxis
    /// What each channel adds.
    let weights: [Float]

    init(_ source: any SoundSource, _ axis: SampleAxis, weights: [Float]) {
        precondition(weights.count == source.channelCount, "a weight for each channel")
        self.source = source
        self.axis = axis
        self.weights = weights
    }

    /// File frames over which the edge of a resampled stretch is felt: the filter reaches over 143 zero crossings.
    var reach: Int { 160 * max(1, (axis.period.frames + axis.period.samples - 1) / axis.period.samples) }

    /// Some samples of the mix; zeros beyond the source.
    func samples(_ range: Range<Int>) throws -> [Float] { try samples(range) { [ChannelMix.mix($0, weights)] }[0] }

    /// Some samples of each channel; zeros beyond the source.
    func channels(_ range: Range<Int>) throws -> [[Float]] { try samples(range) { $0 } }

    /// Some samples of what is made of the source's channels.
    private func samples(_ range: Range<Int>, of made: ([[Float]]) -> [[Float]]) throws -> [[Float]] {
        let frames = fileFrames(under: range)
        let start = max(axis.origin + frames.lowerBound, 0)
        let end = min(axis.origin + frames.upperBound, source.frames)
        let sounds = made(
            start < end ? try source.read(frames: start..<end) : [[Float]](repeating: [], count: weights.count))
        guard start < end else { return sounds.map { _ in [Float](repeating: 0, count: range.count) } }
        // In pieces of some seconds, for each of which the filter sees as much as it would of the whole.
        let count = max(1, range.count / (2 * axis.rate))
        let pieces = Parallel.map(sounds.count * count) { place in
            Result {
                let (sound, index) = (sounds[place / count], place % count)
                let low = range.lowerBound + index * range.count / count
                let high = range.lowerBound + (index + 1) * range.count / count
                return try piece(low..<high, of: sound, from: start - axis.origin)
            }
        }
        return try sounds.indices.map { sound in
            try pieces[sound * count..<(sound + 1) * count].flatMap { try $0.get() }
        }
    }

    /// The frames, counted from the origin, that some samples are made of; the first of them lies at the time of a sample.
    private func fileFrames(under range: Range<Int>) -> Range<Int> {
        let period = axis.period
        let first = ((range.lowerBound * period.frames).roundedDown(by: period.samples) - reach)
            .roundedDown(by: period.frames)
        let start = max(-(axis.origin / period.frames), first) * period.frames
        return start..<max(start, (range.upperBound * period.frames).roundedDown(by: period.samples) + 1 + reach)
    }

    /// Some samples, made of frames of which the first is frame `start`, counted from the origin.
    private func piece(_ range: Range<Int>, of sound: [Float], from start: Int) throws(AudioError) -> [Float] {
        let needed = fileFrames(under: range).clamped(to: start..<start + sound.count)
        var position = needed.lowerBound / axis.period.frames * axis.period.samples
        var result = try Resampler.resample(
            Array(sound[needed.lowerBound - start..<needed.upperBound - start]), from: source.rate, to: axis.rate)
        if position < range.lowerBound {
            let dropped = min(result.count, range.lowerBound - position)
            result.removeFirst(dropped)
            position += dropped
        }
        let before = [Float](repeating: 0, count: max(0, min(position, range.upperBound) - range.lowerBound))
        result = before + result.prefix(range.count - before.count)
        return result + [Float](repeating: 0, count: range.count - result.count)
    }

    /// Samples back at the source's rate.
    /// - Parameter first: the place of the first sample.
    /// - Returns: the samples, and the file frame of the first one.
    func atFileRate(_ samples: [Float], from first: Int) throws -> (samples: [Float], start: Int) {
        let period = axis.period
        // Only where both rates have a sample at the same time can the new grid start.
        let base = first.roundedDown(by: period.samples) * period.samples
        let zeros = [Float](repeating: 0, count: first - base)
        var result = try Resampler.resample(zeros + samples, from: axis.rate, to: source.rate)
        let dropped = min(result.count, zeros.count * period.frames / period.samples)
        result.removeFirst(dropped)
        return (result, axis.origin + base / period.samples * period.frames + dropped)
    }
}
