/// A span of time in a sound, or a rectangle of time and frequency.
public struct Region: Sendable, Hashable {
    /// The start, in seconds from the start of the sound.
    public let start: Double
    /// The end, in seconds from the start of the sound; the sample there is no longer part of the region.
    public let end: Double
    /// The frequencies that are meant; nil for all.
    public let band: Band?

    /// The frequencies of a rectangle.
    public struct Band: Sendable, Hashable {
        /// The lowest frequency, in Hz.
        public let low: Double
        /// The highest frequency, in Hz; infinity for a band that reaches as high as the sound does.
        public let high: Double

        /// A band between two frequencies. Whether the second is the higher one is checked when an edit is made.
        /// - Parameters:
        ///   - low: the lowest frequency, in Hz.
        ///   - high: the highest frequency, in Hz; infinity for as high as the sound reaches.
        public init(low: Double, high: Double) {
            self.low = low
            self.high = high
        }

        /// The band that a label names, whose open upper end is the largest number.
        init(_ band: ClosedRange<Double>) {
            self.init(
                low: band.lowerBound, high: band.upperBound < .greatestFiniteMagnitude ? band.upperBound : .infinity)
        }
    }

    /// A region between two times, in seconds. Whether it lies within a sound is checked when an edit is made.
    /// - Parameters:
    ///   - start: the start, in seconds from the start of the sound.
    ///   - end: the end, in seconds from the start of the sound.
    ///   - band: the frequencies that are meant; nil for all.
    public init(start: Double, end: Double, band: Band? = nil) {
        self.start = start
        self.end = end
        self.band = band
    }

    /// The length in seconds.
    public var duration: Double { end - start }
}

extension Region {
    /// Some frames of a sound.
    init(frames: Range<Int>, rate: Int, band: Band? = nil) {
        let seconds = frames.seconds(rate: rate)
        self.init(start: seconds.lowerBound, end: seconds.upperBound, band: band)
    }

    /// - Throws: `EditingError.regionReversed` unless the end comes after the start, `bandReversed` unless the higher
    ///   frequency is above the lower one.
    func check() throws(EditingError) {
        guard start < end else { throw .regionReversed(start: start, end: end) }
        if let band {
            guard band.low >= 0, band.low < band.high else { throw .bandReversed(self) }
        }
    }
}

extension Range<Int> {
    /// Frames in seconds.
    func seconds(rate: Int) -> Range<Double> { Double(lowerBound) / Double(rate)..<Double(upperBound) / Double(rate) }
}

extension Region: Codable {
    private enum CodingKeys: String, CodingKey {
        case start, end, low, high
    }

    /// Reads a region; `low` and `high`, in Hz, make it a rectangle, and either may be left out.
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let low = try values.decodeIfPresent(Double.self, forKey: .low)
        let high = try values.decodeIfPresent(Double.self, forKey: .high)
        self.init(
            start: try values.decode(Double.self, forKey: .start), end: try values.decode(Double.self, forKey: .end),
            band: low == nil && high == nil ? nil : Band(low: low ?? 0, high: high ?? .infinity))
    }

    /// Writes a region; an open upper end is left out.
    /// - Throws: `EncodingError`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(start, forKey: .start)
        try values.encode(end, forKey: .end)
        try values.encodeIfPresent(band?.low, forKey: .low)
        if let high = band?.high, high < .infinity { try values.encode(high, forKey: .high) }
    }
}
