/// Colours whose lightness grows evenly from black to pale yellow: eight points of matplotlib's "inferno" (by Nathaniel
/// J. Smith and Stefan van der Walt, CC0), with straight lines between them.
enum ColourMap {
    private static let points: [(red: Float, green: Float, blue: Float)] = [
        (0, 0, 4), (39, 11, 83), (101, 21, 110), (159, 42, 99), (212, 72, 66), (245, 124, 22), (251, 193, 39),
        (252, 255, 164),
    ]

    /// The colour of a value from 0 to 1, as 0xRRGGBB.
    static func colour(_ value: Float) -> UInt32 {
        let place = min(max(value, 0), 1) * Float(points.count - 1)
        let lower = min(points.count - 2, Int(place))
        let share = place - Float(lower)
        let (from, to) = (points[lower], points[lower + 1])
        func mixed(_ from: Float, _ to: Float) -> UInt32 { UInt32((from + (to - from) * share).rounded()) }
        return mixed(from.red, to.red) << 16 | mixed(from.green, to.green) << 8 | mixed(from.blue, to.blue)
    }
}
