/// How much each latent cell may change: 0 keeps it, 1 makes it anew, in between it is re-noised to that level.
public struct StrengthMap: Sendable, Equatable {
    /// Latent cells in time.
    public let frames: Int
    /// Latent cells in frequency.
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

    public subscript(frame: Int, bin: Int) -> Float {
        get { strengths[frame * bins + bin] }
        set { strengths[frame * bins + bin] = newValue }
    }

    /// Raises the cells of a rectangle to a strength; higher ones stay.
    /// - Parameter softness: cells outside the rectangle over which the strength falls to 0 in equal steps.
    public mutating func raise(
        frames rows: Range<Int>, bins columns: Range<Int>, to strength: Float, softness: Int = 0
    ) {
        guard !rows.isEmpty, !columns.isEmpty else { return }
        for frame in max(0, rows.lowerBound - softness)..<min(frames, rows.upperBound + softness) {
            for bin in max(0, columns.lowerBound - softness)..<min(bins, columns.upperBound + softness) {
                let distance = max(Self.distance(frame, rows), Self.distance(bin, columns))
                let share = 1 - Float(distance) / Float(softness + 1)
                self[frame, bin] = max(self[frame, bin], strength * share)
            }
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

    private static func distance(_ index: Int, _ range: Range<Int>) -> Int {
        max(range.lowerBound - index, index - range.upperBound + 1, 0)
    }
}
