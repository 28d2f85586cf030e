/// A span of a sound in time.
public struct Region: Sendable, Codable, Hashable {
    /// Seconds.
    public let start: Double
    /// Seconds; the region ends before it.
    public let end: Double

    public init(start: Double, end: Double) {
        self.start = start
        self.end = end
    }

    public var duration: Double { end - start }
}

extension Region {
    /// - Throws: `EditingError.regionReversed` unless the end comes after the start.
    func check() throws(EditingError) {
        guard start < end else { throw .regionReversed(start: start, end: end) }
    }
}
