/// Channels as a part that they have in common and what each has besides, so that what is alike in them stays alike when each part is
/// dealt with alone.
struct ChannelParts {
    /// What each channel adds to the common part.
    private let weights: [Float]
    /// The gain of the common part in each channel.
    private let gains: [Float]
    /// The channels that have something besides.
    private let others: [Int]

    /// The share of its power from which on what a channel has besides is a part of its own.
    private static let least = 1e-7

    /// - Parameter channels: the sound that tells, `[channel][frame]`.
    init(of channels: [[Float]]) {
        guard channels.count > 1 else {
            (weights, gains, others) = ([1], [1], [])
            return
        }
        let weights = ChannelMix.weights(of: channels)
        let common = ChannelMix.mix(channels, weights)
        func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let power = product(common, common)
        let gains = channels.map { power > 0 ? Float(product($0, common) / power) : 0 }
        others = channels.indices.filter { channel in
            let rest = zip(channels[channel], common).map { $0 - gains[channel] * $1 }
            return product(rest, rest) > Self.least * product(channels[channel], channels[channel])
        }
        (self.weights, self.gains) = (weights, gains)
    }

    /// The number of parts.
    var count: Int { 1 + others.count }

    /// The parts of some channels: the common one, then those of channels that have something besides.
    func split(_ channels: [[Float]]) -> [[Float]] {
        guard channels.count > 1 else { return channels }
        let common = ChannelMix.mix(channels, weights)
        return [common]
            + others.map { channel in zip(channels[channel], common).map { $0 - gains[channel] * $1 } }
    }

    /// The channels that some parts are of.
    func joined(_ parts: [[Float]]) -> [[Float]] {
        guard gains.count > 1 else { return parts }
        var channels = gains.map { gain in parts[0].map { gain * $0 } }
        for (part, channel) in zip(parts.dropFirst(), others) {
            for index in part.indices { channels[channel][index] += part[index] }
        }
        return channels
    }
}
