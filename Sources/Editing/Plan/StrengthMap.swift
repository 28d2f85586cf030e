/// How much each cell of time and frequency may change: 0 keeps it, 1 makes it anew, in between it is re-noised to that level.
///
/// The editor's own maps have a cell for each cell of the latent; one that is handed in may have any number.
public struct StrengthMap: Sendable, Codable, Equatable {
    /// Cells in time.
    public let frames: Int
    /// Cells in frequency.
    public let bins: Int
    /// Row-major [frames, bins].
    public private(set) var strengths: [Float]

    /// A map of one strength.
    public init(repeating strength: Float = 0, frames: Int, bins: Int) {
        precondition(strength >= 0 && strength <= 1, "a strength outside 0...1")
        self.frames = frames
        self.bins = bins
        strengths = [Float](repeating: strength, count: frames * bins)
    }

    /// - Parameter strengths: row-major [frames, bins], each 0...1.
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

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            values.decode([Float].self, forKey: .strengths), frames: values.decode(Int.self, forKey: .frames),
            bins: values.decode(Int.self, forKey: .bins))
    }

    public subscript(frame: Int, bin: Int) -> Float {
        get { strengths[frame * bins + bin] }
        set {
            precondition(newValue >= 0 && newValue <= 1, "a strength outside 0...1")
            strengths[frame * bins + bin] = newValue
        }
    }

    /// Raises the cells of a rectangle to a strength; higher ones stay.
    public mutating func raise(frames rows: Range<Int>, bins columns: Range<Int>, to strength: Float) {
        for frame in rows.clamped(to: 0..<frames) {
            for bin in columns.clamped(to: 0..<bins) { self[frame, bin] = max(self[frame, bin], strength) }
        }
    }

    /// Keeps all cells of some frames.
    public mutating func hold(frames range: Range<Int>) {
        for index in range.lowerBound * bins..<range.upperBound * bins { strengths[index] = 0 }
    }

    /// The map of some of the frames.
    public subscript(frames range: Range<Int>) -> StrengthMap {
        var result = StrengthMap(frames: range.count, bins: bins)
        result.strengths = Array(strengths[range.lowerBound * bins..<range.upperBound * bins])
        return result
    }
}
