internal import Core

/// One channel, or a mix of channels, of a stretch of a file at another rate, read where it is asked for.
///
/// Sample 0 lies at the time of the stretch's first frame; samples before it are there if the file has them.
struct SoundReader {
    let file: AudioFile
    /// The frame of the file under sample 0.
    let origin: Int
    /// Hz.
    let rate: Int
    /// What each channel adds.
    let weights: [Float]
    /// So many frames of the file last as long as so many samples.
    private let period: (frames: Int, samples: Int)

    init(_ file: AudioFile, from origin: Int, rate: Int, weights: [Float]) {
        precondition(weights.count == file.channels, "a weight for each channel")
        self.file = file
        self.origin = origin
        self.rate = rate
        self.weights = weights
        var (a, b) = (file.rate, rate)
        while b != 0 { (a, b) = (b, a % b) }
        period = (file.rate / a, rate / a)
    }

    /// Samples from the origin to the file's end.
    var samplesToEnd: Int { Resampler.length(file.frames - origin, from: period.frames, to: period.samples) }

    /// Samples before the origin that the file has.
    var samplesBefore: Int { origin * period.samples / period.frames }

    /// Frames of the file over which the edge of a resampled stretch is felt: the filter reaches over 143 zero crossings.
    var reach: Int { 160 * max(1, (period.frames + period.samples - 1) / period.samples) }

    /// The first sample at or after a frame, both counted from the origin.
    func sample(at frame: Int) -> Int { -((-frame * period.samples).roundedDown(by: period.frames)) }

    /// Some samples; zeros beyond the file.
    func samples(_ range: Range<Int>) throws -> [Float] {
        let frames = frames(under: range)
        let start = max(origin + frames.lowerBound, 0)
        let end = min(origin + frames.upperBound, file.frames)
        guard start < end else { return [Float](repeating: 0, count: range.count) }
        let sound = ChannelMix.mix(try file.read(frames: start..<end), weights)
        // In pieces of some seconds, for each of which the filter sees as much as it would of the whole.
        let count = max(1, range.count / (2 * rate))
        let pieces = Parallel.map(count) { index in
            Result {
                let low = range.lowerBound + index * range.count / count
                let high = range.lowerBound + (index + 1) * range.count / count
                return try piece(low..<high, of: sound, from: start - origin)
            }
        }
        return try pieces.flatMap { try $0.get() }
    }

    /// The frames, counted from the origin, that some samples are made of; the first of them lies at the time of a sample.
    private func frames(under range: Range<Int>) -> Range<Int> {
        let first = ((range.lowerBound * period.frames).roundedDown(by: period.samples) - reach)
            .roundedDown(by: period.frames)
        let start = max(-(origin / period.frames), first) * period.frames
        return start..<max(start, (range.upperBound * period.frames).roundedDown(by: period.samples) + 1 + reach)
    }

    /// Some samples, made of frames of which the first is frame `start`, counted from the origin.
    private func piece(_ range: Range<Int>, of sound: [Float], from start: Int) throws(AudioError) -> [Float] {
        let needed = frames(under: range).clamped(to: start..<start + sound.count)
        var position = needed.lowerBound / period.frames * period.samples
        var result = try Resampler.resample(
            Array(sound[needed.lowerBound - start..<needed.upperBound - start]), from: file.rate, to: rate)
        if position < range.lowerBound {
            let dropped = min(result.count, range.lowerBound - position)
            result.removeFirst(dropped)
            position += dropped
        }
        let before = [Float](repeating: 0, count: max(0, min(position, range.upperBound) - range.lowerBound))
        result = before + result.prefix(range.count - before.count)
        return result + [Float](repeating: 0, count: range.count - result.count)
    }

    /// Samples back at the file's rate.
    /// - Parameter first: the place of the first sample.
    /// - Returns: the frames, and the place of the first one, counted from the origin.
    func atFileRate(_ samples: [Float], from first: Int) throws -> (frames: [Float], start: Int) {
        // Only where both rates have a sample at the same time can the new grid start.
        let base = first.roundedDown(by: period.samples) * period.samples
        let zeros = [Float](repeating: 0, count: first - base)
        var frames = try Resampler.resample(zeros + samples, from: rate, to: file.rate)
        var start = base / period.samples * period.frames
        let dropped = min(frames.count, zeros.count * period.frames / period.samples)
        frames.removeFirst(dropped)
        start += dropped
        return (frames, start)
    }
}
