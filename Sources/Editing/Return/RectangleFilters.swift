internal import Core
internal import Foundation

/// How a rectangle's band is taken out of the source and what was made put into it: two linear-phase filters.
///
/// Outside the band both are 0 to 80 dB and more, so that the source stays. In the middle of the band both are 1. On the way between, along
/// the edges and within the band, the gains of the two sounds are such that their sum has the power that each has: of sounds that
/// have nothing to do with each other by the sine and the cosine, so that there is no notch, of equal ones in a straight line.
struct RectangleFilters: Sendable {
    /// What is taken of the source is subtracted, what is taken of the new sound added.
    let removed: ConvolutionFilter
    let added: ConvolutionFilter
    /// How far each edge's way is, in Hz, and by how much it lies outside the band: more than nothing where the rectangle is so short and
    /// narrow that it cannot be told from what is beside it.
    let shape: Shape

    /// The edges of a band and how far they reach.
    struct Shape: Sendable, Equatable {
        /// Hz; nil where the band has no such edge.
        let low: Double?
        let high: Double?
        /// The width of the way at each edge, and the least that the filters allow, in Hz.
        var ways: (low: Double, high: Double)
        var least: Double
        /// Hz by which the ways lie outside the band.
        var outside: Double
        /// Samples that the filters reach to either side.
        var reach: Int

        static func == (a: Shape, b: Shape) -> Bool {
            a.low == b.low && a.high == b.high && a.ways == b.ways && a.outside == b.outside && a.reach == b.reach
        }
    }

    /// Hz over which an edge goes where there is room, and the seconds that the filters then ring.
    private static let (way, ring) = (500.0, 0.01)
    /// The most of a band that each of its edges takes, and what a band with one edge leaves to it.
    private static let (share, shareOfOne) = (0.3, 0.6)
    /// The longest reach in seconds.
    private static let longest = 1.0
    /// The share of an edge's way on which the gains change; the rest is the window's.
    private static let core = 0.5
    private static let attenuation = 80.0

    /// - Parameters:
    ///   - band: within the sound's frequencies.
    ///   - count: frames of the rectangle: the filters reach no further than a quarter of it.
    ///   - octaves: how far the edges are to go at least.
    static func shape(_ band: Region.Band, count: Int, rate: Int, octaves: Double) -> Shape {
        let half = Double(rate) / 2
        let low = band.low > 0.5 ? band.low : nil
        let high = band.high < 0.999 * half ? band.high : nil
        let width = (high ?? half) - (low ?? 0)
        let room = width * (low == nil || high == nil ? shareOfOne : share)
        var least = min(way, room)
        var reach = Int((ring * way / least * Double(rate)).rounded())
        let most = max(8, min(count / 4, Int(longest * Double(rate))))
        if reach > most {
            reach = most
            least = ring * way * Double(rate) / Double(most)
        }
        let feathers = (
            low: min(room, (low ?? 0) * (exp2(octaves) - 1)), high: min(room, (high ?? 0) * (1 - exp2(-octaves)))
        )
        return Shape(
            low: low, high: high, ways: (max(least, feathers.low), max(least, feathers.high)), least: least,
            outside: max(0, least - room), reach: reach)
    }

    /// - Parameter correlation: of what was made with the source at the edges, 0...1.
    init(_ shape: Shape, rate: Int, correlation: Double) {
        self.shape = shape
        var size = 8192
        while size < 16 * shape.reach { size *= 2 }
        let angle = acos(min(0.9999, max(0, correlation)))
        var (removed, added) = ([Float](), [Float]())
        for bin in 0...size / 2 {
            let share = Self.share(Double(bin) * Double(rate) / Double(size), shape)
            let gains = Self.gains(share, angle: angle)
            removed.append(Float(1 - gains.old))
            added.append(Float(gains.new))
        }
        self.removed = ConvolutionFilter(response: removed, reach: shape.reach, attenuation: Self.attenuation)
        self.added = ConvolutionFilter(response: added, reach: shape.reach, attenuation: Self.attenuation)
    }

    /// The gains of two sounds on the way from one to the other, such that their sum keeps its power.
    /// - Parameters:
    ///   - share: of the way.
    ///   - angle: whose cosine is their correlation.
    static func gains(_ share: Double, angle: Double) -> (old: Double, new: Double) {
        (sin((1 - share) * angle) / sin(angle), sin(share * angle) / sin(angle))
    }

    /// How far a frequency is on the way from the source to what was made.
    private static func share(_ hertz: Double, _ shape: Shape) -> Double {
        let margin = (1 - core) / 2 * shape.least
        func ramp(_ distance: Double, _ way: Double) -> Double {
            min(1, max(0, (distance + shape.outside - margin) / (way - 2 * margin)))
        }
        let low = shape.low.map { ramp(hertz - $0, shape.ways.low) } ?? 1
        let high = shape.high.map { ramp($0 - hertz, shape.ways.high) } ?? 1
        return min(low, high)
    }
}
