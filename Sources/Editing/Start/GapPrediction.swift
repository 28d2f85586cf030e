internal import Core
internal import Foundation

/// What linear prediction knows of a region from both of its sides, in every channel, and how the rest joins it.
///
/// What the sides foretell is what the region holds. What they cannot foretell is missing there: tones go on for long, noise is gone
/// after its first moments. In each band the difference to the surroundings' level is made up for by the rest of another sound: of the
/// model's, or of noise that is drawn through the predictor. Of that sound, too, only what its own sides do not foretell is taken, so that
/// nothing of it leads away at the edges.
struct GapPrediction: Sendable {
    private let parts: ChannelParts
    private let gaps: [PartPrediction]
    /// Frames of the region.
    let count: Int

    /// Frames of the surroundings that a prediction can use to either side.
    static func context(rate: Int) -> Int { 2 * rate }

    /// - Parameters:
    ///   - before: the recording up to the region, `[channel][frame]`; no frames where it begins a sound.
    ///   - after: the recording from the region's end on, likewise.
    ///   - count: frames in the region, above 0.
    ///   - isDoubted: whether it is measured how far the prediction is to be believed, without which no generated sound joins it.
    init(before: [[Float]], after: [[Float]], count: Int, rate: Int, isDoubted: Bool) {
        let parts = ChannelParts(of: zip(before, after).map { $0 + $1 })
        let (left, right) = (parts.split(before), parts.split(after))
        self.parts = parts
        self.count = count
        gaps = Parallel.map(parts.count) {
            PartPrediction(before: left[$0], after: right[$0], count: count, rate: rate, isDoubted: isDoubted)
        }
    }

    /// The region with noise for what is not foretold.
    /// - Parameter seed: of the noise.
    func filledWithNoise(seed: UInt64) -> [[Float]] {
        parts.joined(Parallel.map(gaps.count) { gaps[$0].filledWithNoise(seed: seed &+ UInt64($0)) })
    }

    /// The region with the rest of a generated sound for what is not foretold.
    /// - Parameters:
    ///   - fill: the channels of the generated sound: `leading` frames over the recording before the region, the region, and `trailing` frames
    ///     over the recording after it.
    ///   - spliced: the region as that sound alone, continuous with the recording at both edges.
    func filled(with fill: [[Float]], leading: Int, trailing: Int, spliced: [[Float]]) -> [[Float]] {
        let (made, met) = (parts.split(fill), parts.split(spliced))
        return parts.joined(
            Parallel.map(gaps.count) {
                gaps[$0].filled(with: made[$0], leading: leading, trailing: trailing, spliced: met[$0])
            })
    }

    /// The region with nothing for what is not foretold.
    var foretold: [[Float]] { parts.joined(gaps.map(\.foretold)) }

    /// The share of a filled region's energy that is foretold, 0...1.
    func foretoldShare(of region: [[Float]]) -> Double {
        func energy(_ channels: [[Float]]) -> Double {
            channels.reduce(0) { $0 + $1.reduce(0) { $0 + Double($1) * Double($1) } }
        }
        let all = energy(region)
        return all > 0 ? min(1, energy(foretold) / all) : 0
    }
}
