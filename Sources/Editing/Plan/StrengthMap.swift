/// How much each cell of time and frequency may change: 0 keeps it, 1 makes it anew, in between it is re-noised to that level.
///
/// The editor's own maps have a cell for each cell of the latent; one that is handed in may have any number.
public struct StrengthMap: Sendable, Codable, Equatable {
    /// The number of cells in time.
    public let frames: Int
    /// The number of cells in frequency.
    public let bins: Int
    /// The strength of each cell, row-major [frames, bins].
    public private(set) var strengths: [Float]

    /// A map whose cells all have the same strength.
    /// - Parameters:
    ///   - strength: the strength of each cell, 0...1.
    ///   - frames: the number of cells in time.
    ///   - bins: the number of cells in frequency.
    public init(repeating strength: Float = 0, frames: Int, bins: Int) {
        precondition(strength >= 0 && strength <= 1, "a strength outside 0...1")
        self.frames = frames
        self.bins = bins
        strengths = [Float](repeating: strength, count: frames * bins)
    }

    /// A map of given strengths.
    /// - Parameters:
    ///   - strengths: the strength of each cell, 0...1, row-major [frames, bins].
    ///   - frames: the number of cells in time, at least 1.
    ///   - bins: the number of cells in frequency, at least 1.
    /// - Throws: `EditingError.strengthMap` for another number of strengths, or one outside 0...1.
    public init(_ strengths: [Float], frames: Int, bins: Int) throws(EditingError) {
        guard (1...max(1, strengths.count)).contains(frames), (1...max(1, strengths.count)).contains(bins),
            strengths.count == frames * bins
        else {
            throw .strengthMap("\(frames) x \(bins) strengths expected, found \(strengths.count)")
        }
        if let wrong = strengths.first(where: { !(0...1).contains($0) }) {
            throw .strengthMap("strengths of 0 to 1 expected, found \(wrong)")
        }
        self.frames = frames
        self.bins = bins
        self.strengths = strengths
    }

    /// Reads a map.
    /// - Throws: `EditingError.strengthMap` for another number of strengths, or one outside 0...1; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            values.decode([Float].self, forKey: .strengths), frames: values.decode(Int.self, forKey: .frames),
            bins: values.decode(Int.self, forKey: .bins))
    }

    /// The strength of one cell, 0...1; the lowest frequency has bin 0.
    public subscript(frame: Int, bin: Int) -> Float {
        get { strengths[frame * bins + bin] }
        set {
            precondition(newValue >= 0 && newValue <= 1, "a strength outside 0...1")
            strengths[frame * bins + bin] = newValue
        }
    }

    /// Raises the cells of a rectangle to a strength; higher ones stay. Cells outside the map are left out.
    /// - Parameters:
    ///   - rows: the cells in time.
    ///   - columns: the cells in frequency.
    ///   - strength: the strength that the cells have at least afterwards, 0...1.
    public mutating func raise(frames rows: Range<Int>, bins columns: Range<Int>, to strength: Float) {
        for frame in rows.clamped(to: 0..<frames) {
            for bin in columns.clamped(to: 0..<bins) { self[frame, bin] = max(self[frame, bin], strength) }
        }
    }

    /// Keeps all cells of some frames: their strength becomes 0.
    public mutating func hold(frames range: Range<Int>) {
        for index in range.lowerBound * bins..<range.upperBound * bins { strengths[index] = 0 }
    }

    /// A map of some of the frames alone.
    public subscript(frames range: Range<Int>) -> StrengthMap {
        var result = StrengthMap(frames: range.count, bins: bins)
        result.strengths = Array(strengths[range.lowerBound * bins..<range.upperBound * bins])
        return result
    }
}
