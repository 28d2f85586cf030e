/// A span of time in a sound.
public struct Region: Sendable, Codable, Hashable {
    /// The start, in seconds from the start of the sound.
    public let start: Double
    /// The end, in seconds from the start of the sound; the sample there is no longer part of the region.
    public let end: Double

    /// A region between two times, in seconds. Whether it lies within a sound is checked when an edit is made.
    public init(start: Double, end: Double) {
        self.start = start
        self.end = end
    }

    /// The length in seconds.
    public var duration: Double { end - start }
}

extension Region {
    /// Some frames of a sound.
    init(frames: Range<Int>, rate: Int) {
        self.init(start: Double(frames.lowerBound) / Double(rate), end: Double(frames.upperBound) / Double(rate))
    }

    /// - Throws: `EditingError.regionReversed` unless the end comes after the start.
    func check() throws(EditingError) {
        guard start < end else { throw .regionReversed(start: start, end: end) }
    }
}
