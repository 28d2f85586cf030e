public import Core

/// Rectangles start from what the frequencies right below and above them have at each moment: what stands out in them is gone.
public struct BesideStart: StartingPoint {
    /// Mel bands to either side that tell the level, and frames to either side over which it is averaged.
    private static let (near, span) = (2, 3)

    /// The starting point has no settings.
    public init() {}

    /// The level goes in a straight line from that below the rectangle to that above, and around it the bands move as those that lie as far
    /// outside do. nil for a rectangle of all bands.
    public func draft(
        of frames: Range<Int>, band: Region.Band, bands: Range<Int>, in passage: HeardPassage
    ) throws -> Tensor? {
        let below = max(0, bands.lowerBound - Self.near)..<bands.lowerBound
        let above = bands.upperBound..<min(passage.bands, bands.upperBound + Self.near)
        guard !below.isEmpty || !above.isEmpty else { return nil }
        let mel = try passage.mel(frames).elements
        func value(_ frame: Int, _ band: Int) -> Float { mel[frame * passage.bands + band] }
        func level(_ frame: Int, _ side: Range<Int>) -> Float {
            let rows = max(0, frame - Self.span)...min(frames.count - 1, frame + Self.span)
            let sum = rows.reduce(Float(0)) { sum, row in sum + side.reduce(0) { $0 + value(row, $1) } }
            return sum / Float(rows.count * side.count)
        }
        let width = bands.count
        var result = [Float](repeating: 0, count: frames.count * width)
        for frame in 0..<frames.count {
            let sides = [below, above].map { $0.isEmpty ? nil : level(frame, $0) }
            for column in 0..<width {
                let share = (Float(column) + 0.5) / Float(width)
                let (low, high) = (sides[0] ?? sides[1] ?? 0, sides[1] ?? sides[0] ?? 0)
                // As far outside as the band lies inside, on the nearer side.
                let isLower = above.isEmpty || !below.isEmpty && 2 * column < width
                let side = isLower ? below : above
                let model =
                    isLower
                    ? bands.lowerBound - 1 - column % side.count : bands.upperBound + (width - 1 - column) % side.count
                let mean = isLower ? low : high
                // What goes does not get louder.
                let own = level(frame, bands.lowerBound + column..<bands.lowerBound + column + 1)
                result[frame * width + column] =
                    min(low + share * (high - low), own) + value(frame, model) - mean
            }
        }
        return Tensor(result, shape: [1, frames.count, width])
    }
}

extension StartingPoint {
    /// Whether a rectangle starts from what lies beside it, and not from what is before and after it.
    func goesBeside(_ band: Region.Band) -> Bool {
        if self is BesideStart { return true }
        return band.isNarrow && (self as? PredictionStart).map { $0.withoutModel < .infinity } ?? false
    }

    /// Whether that is so of all of an area.
    func goesBeside(_ area: EditArea) -> Bool {
        area.isBanded && area.rectangles.allSatisfy { goesBeside($0.band) }
    }
}
