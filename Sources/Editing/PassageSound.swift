internal import Core

/// A passage of a file as the model sees it: one channel at the model's rate, and its log-mel.
struct PassageSound {
    /// Frames of the file.
    let frames: Range<Int>
    let reader: SoundReader
    let logMel: LogMel
    /// Frames of the passage that were asked for ahead, [1, T, bands], and the first of them.
    private var known: (start: Int, mel: Tensor)?

    /// - Parameter weights: what each channel adds to the one.
    init(_ file: AudioFile, frames: Range<Int>, weights: [Float], logMel: LogMel) {
        self.frames = frames
        self.logMel = logMel
        reader = SoundReader(file, from: frames.lowerBound, rate: logMel.frontEnd.samplingRate, weights: weights)
    }

    /// The samples of the model's rate that belong to some frames of the file.
    func samples(of range: Range<Int>) -> Range<Int> {
        reader.sample(
            at: range.lowerBound - frames.lowerBound)..<reader.sample(at: range.upperBound - frames.lowerBound)
    }

    /// The mel frames, of `count`, that lie beyond the file's end: what is there is the model's business.
    func framesBeyondEnd(of count: Int) -> [Range<Int>] {
        let hop = logMel.frontEnd.hopSize
        let first = (reader.samplesToEnd + hop - 1) / hop
        return first < count ? [first..<count] : []
    }

    /// Makes the log-mel of some frames once for all that will ask for parts of it.
    mutating func prepare(_ range: Range<Int>) throws { known = (range.lowerBound, try mel(range)) }

    /// The log-mel of some frames of the passage, [1, count, bands]; beyond the file its last frame again.
    func mel(_ range: Range<Int>) throws -> Tensor {
        if let (start, mel) = known, range.lowerBound >= start, range.upperBound <= start + mel.shape[1] {
            return mel.sliced(axis: 1, range.lowerBound - start..<range.upperBound - start)
        }
        let hop = logMel.frontEnd.hopSize
        let reach = (logMel.frontEnd.windowSize / 2 + hop - 1) / hop
        let first = max(-(reader.samplesBefore / hop), range.lowerBound - reach)
        let end = min(reader.samplesToEnd, (range.upperBound + reach) * hop)
        let mel = logMel(try reader.samples(first * hop..<max(end, first * hop + 1)))
        let (count, bands) = (mel.shape[0], mel.shape[1])
        let (low, high) = (range.lowerBound - first, range.upperBound - first)
        if high <= count { return mel.sliced(axis: 0, low..<high).reshaped([1, range.count, bands]) }
        let elements = mel.elements
        let repeated = (low..<high).flatMap { index in
            let frame = min(index, count - 1)
            return elements[frame * bands..<(frame + 1) * bands]
        }
        return Tensor(repeated, shape: [1, range.count, bands])
    }
}
