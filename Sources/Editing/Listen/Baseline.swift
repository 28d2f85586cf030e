internal import Core
internal import Foundation

/// What a sound's samples swing around: zero, unless a converter added an offset.
///
/// In each channel it is a straight line over each region of a passage, from the mean of what is kept before it to the mean of what is kept
/// after it, and level beyond. It is no sound: a model that hears it makes rumble of it, and a level that counts it is too high. So it is
/// taken off before anything is heard or measured, and put back where the result is written.
struct Baseline: Sendable {
    /// File frames, rising; none for a baseline of zero.
    private let places: [Int]
    /// The baseline at these frames, `[channel][place]`.
    private let values: [[Float]]

    /// Seconds to either side of a region of which the mean is taken, and seconds from which on a mean is believed wholly: a few periods
    /// of a low tone have a mean of their own.
    private static let (span, believed) = (0.5, 0.25)

    /// The same value everywhere in each channel.
    init(_ level: [Float]) {
        places = level.allSatisfy { $0 == 0 } ? [] : [0]
        values = level.map { [$0] }
    }

    /// The baseline of a passage by what is kept around its regions.
    /// - Parameters:
    ///   - regions: all regions of the edit, in file frames, sorted and apart.
    ///   - fallback: the baseline in each channel where nothing is kept.
    init(
        of source: any SoundSource, _ passage: PassagePlan, among regions: [Range<Int>],
        otherwise fallback: () throws -> [Float]
    ) throws {
        var places: [Int] = []
        var values = [[Float]](repeating: [], count: source.channelCount)
        let count = Int(Self.span * Double(source.rate))
        for region in passage.regions {
            let kept = RegionContext.kept(around: region, regions, count: count, source)
            let ends = try [kept.before, kept.after].map {
                (mean: Self.means(try source.read(frames: $0)), trust: Self.trust($0.count, source.rate))
            }
            let edges = Self.edges(ends[0], ends[1])
            let level = edges == nil ? try fallback() : []
            places += [region.lowerBound, region.upperBound]
            for channel in values.indices {
                values[channel] +=
                    edges.map { [$0.left[channel], $0.right[channel]] } ?? [level[channel], level[channel]]
            }
        }
        self.places = values.allSatisfy { $0.allSatisfy { $0 == 0 } } ? [] : places
        self.values = values
    }

    /// The level of a whole sound around zero, by up to 200 seconds of it, in each channel.
    static func level(of source: any SoundSource) throws -> [Float] {
        let length = min(source.frames, max(1, source.rate))
        let places = min(200, max(1, source.frames / length))
        var sums = [Double](repeating: 0, count: source.channelCount)
        let window = window(length)
        for place in 0..<places {
            let start = places == 1 ? 0 : (source.frames - length) / (places - 1) * place
            let means = means(try source.read(frames: start..<start + length), under: window)
            for channel in sums.indices { sums[channel] += means[channel] / Double(places) }
        }
        return sums.map(Float.init)
    }

    private static func trust(_ count: Int, _ rate: Int) -> Double { min(1, Double(count) / (believed * Double(rate))) }

    /// The values at both ends of a region; nil where nothing is kept.
    private static func edges(
        _ before: (mean: [Double], trust: Double), _ after: (mean: [Double], trust: Double)
    ) -> (left: [Float], right: [Float])? {
        guard before.trust + after.trust > 0 else { return nil }
        /// The mean of one side; what that is too short to tell is told by the other.
        func value(_ own: (mean: [Double], trust: Double), _ other: (mean: [Double], trust: Double)) -> [Float] {
            let rest = (1 - own.trust) * other.trust
            return own.mean.indices.map {
                Float((own.trust * own.mean[$0] + rest * other.mean[$0]) / (own.trust + rest))
            }
        }
        return (value(before, after), value(after, before))
    }

    /// The mean of each channel under a window of raised cosine: a tone that is cut off does not count.
    private static func means(_ channels: [[Float]]) -> [Double] {
        means(channels, under: window(channels.first?.count ?? 0))
    }

    private static func means(_ channels: [[Float]], under window: [Double]) -> [Double] {
        let weights = window.reduce(0, +)
        return channels.map { samples in
            var sum = 0.0
            for index in samples.indices { sum += window[index] * Double(samples[index]) }
            return weights > 0 ? sum / weights : 0
        }
    }

    private static func window(_ count: Int) -> [Double] {
        (0..<count).map { 1 - cos(2 * .pi * (Double($0) + 0.5) / Double(count)) }
    }

    /// Whether it is zero everywhere.
    var isZero: Bool { places.isEmpty }

    /// The baseline at some file frames, `[channel][frame]`.
    func callAsFunction(_ frames: Range<Int>) -> [[Float]] {
        if isZero { return values.map { _ in [Float](repeating: 0, count: frames.count) } }
        return values.map { values in
            var next = 0
            return frames.map { frame in
                while next < places.count, places[next] <= frame { next += 1 }
                guard next > 0, next < places.count else { return values[min(next, places.count - 1)] }
                let (a, b) = (values[next - 1], values[next])
                let share = Float(frame - places[next - 1]) / Float(places[next] - places[next - 1])
                return a + share * (b - a)
            }
        }
    }
}
