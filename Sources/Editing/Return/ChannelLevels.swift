internal import Foundation

/// How loud each channel of a sound is, from moment to moment, against the mix of all: what the model makes for the mix is given to the
/// channels in these shares. Equal channels get equal shares, a silent one gets nothing.
struct ChannelLevels {
    private let weights: [Float]
    /// How much of the past stays from one frame to the next.
    private let memory: Float
    /// nil before the first frame: a sound does not begin with a step.
    private var last: [Float]?
    private var powers: [Float]
    private var mixed: Float = 0

    private static let seconds = 0.1

    /// - Parameter weights: what each channel adds to the mix.
    init(weights: [Float], rate: Int) {
        self.weights = weights
        memory = Float(exp(-1 / (Self.seconds * Double(rate))))
        powers = [Float](repeating: 0, count: weights.count)
    }

    /// The shares of the channels in the next frames, `[channel][frame]`.
    mutating func next(_ channels: [ArraySlice<Float>]) -> [[Float]] {
        let starts = channels.map(\.startIndex)
        var last = self.last ?? channels.map { $0.first ?? 0 }
        defer { if !channels[0].isEmpty { self.last = last } }
        var shares = channels.map { [Float](repeating: 1, count: $0.count) }
        for frame in 0..<channels[0].count {
            // The difference from sample to sample: what is added lies above the source's band, near its highest part.
            var mix: Float = 0
            for channel in channels.indices {
                let sample = channels[channel][starts[channel] + frame]
                let change = sample - last[channel]
                last[channel] = sample
                powers[channel] = memory * powers[channel] + (1 - memory) * change * change
                mix += weights[channel] * change
            }
            mixed = memory * mixed + (1 - memory) * mix * mix
            for channel in channels.indices {
                let share =
                    mixed > 1e-14
                    ? min((powers[channel] / mixed).squareRoot(), Self.largest) : powers[channel] > 0 ? 1 : 0
                shares[channel][frame] = weights[channel] < 0 ? -share : share
            }
        }
        return shares
    }

    /// Where the channels cancel in the mix, little of them can be known from it.
    private static let largest: Float = 4
}
