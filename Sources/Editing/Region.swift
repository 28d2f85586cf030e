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
