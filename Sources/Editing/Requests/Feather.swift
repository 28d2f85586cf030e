/// How far what an edit makes goes over into the source, at the edges of its regions and within them.
public struct Feather: Sendable, Codable, Hashable {
    /// At the beginning and the end of a region, in seconds, 0...60.
    public let seconds: Double
    /// At the lower and the upper edge of a rectangle, in octaves, 0...5.
    public let octaves: Double

    /// - Parameters:
    ///   - seconds: at the beginning and the end of a region, 0...60.
    ///   - octaves: at the lower and the upper edge of a rectangle, 0...5.
    /// - Throws: `EditingError.setting` for a value out of its range.
    public init(seconds: Double = 0, octaves: Double = 0) throws(EditingError) {
        self.seconds = seconds
        self.octaves = octaves
        try EditingError.demand((0...60).contains(seconds), .feather, "0 to 60 seconds", seconds)
        try EditingError.demand((0...5).contains(octaves), .feather, "0 to 5 octaves", octaves)
    }

    /// Reads a feather; what is left out is 0.
    /// - Throws: `EditingError.setting` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            seconds: values.decodeIfPresent(Double.self, forKey: .seconds) ?? 0,
            octaves: values.decodeIfPresent(Double.self, forKey: .octaves) ?? 0)
    }
}
