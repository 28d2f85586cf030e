internal import Core

/// A passage as the model sees it: the log-mel of one channel at the model's rate.
struct PassageMel: Sendable {
    let reader: PassageReader
    private let logMel: LogMel
    /// Mel frames of the passage that were asked for ahead, [1, T, bands], and the first of them.
    private var known: (start: Int, mel: Tensor)?

    init(_ reader: PassageReader, _ logMel: LogMel) {
        self.reader = reader
        self.logMel = logMel
    }

    /// Makes the log-mel of some frames once for all that will ask for parts of it.
    mutating func prepare(_ range: Range<Int>) throws { known = (range.lowerBound, try mel(range)) }

    /// The samples under some frames of the passage, at the model's rate; zeros beyond the source.
    func samples(under frames: Range<Int>) throws -> [Float] {
        let hop = logMel.frontEnd.hopSize
        return try reader.samples(frames.lowerBound * hop..<frames.upperBound * hop)
    }

    /// Frames whose samples are held at once: a minute of the bundled model's.
    private static let framesAtOnce = 6000

    /// The log-mel of some frames of the passage, [1, count, bands]; beyond the source its last frame again.
    func mel(_ range: Range<Int>) throws -> Tensor {
        if let (start, mel) = known, range.lowerBound >= start, range.upperBound <= start + mel.shape[1] {
            return mel.sliced(axis: 1, range.lowerBound - start..<range.upperBound - start)
        }
        let parts = (range.count + Self.framesAtOnce - 1) / Self.framesAtOnce
        if parts > 1 {
            let edges = (0...parts).map { range.lowerBound + $0 * range.count / parts }
            return .concatenated(try zip(edges, edges.dropFirst()).map { try self.mel($0..<$1) }, axis: 1)
        }
        let hop = logMel.frontEnd.hopSize
        let reach = (logMel.frontEnd.windowSize / 2 + hop - 1) / hop
        let first = max(-(reader.axis.samplesBefore / hop), range.lowerBound - reach)
        let end = min(reader.axis.samplesToEnd, (range.upperBound + reach) * hop)
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
