/// One channel of many.
enum ChannelMix {
    /// What each channel adds to a mix in which channels do not cancel each other: equal shares, with the other sign where a channel
    /// runs against the loudest one.
    static func weights(of channels: [[Float]]) -> [Float] {
        let share = 1 / Float(channels.count)
        func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let powers = channels.map { product($0, $0) }
        guard let loudest = powers.indices.max(by: { powers[$0] < powers[$1] }), powers[loudest] > 0 else {
            return channels.map { _ in share }
        }
        return channels.indices.map { channel in
            let correlation =
                product(channels[channel], channels[loudest]) / (powers[channel] * powers[loudest]).squareRoot()
            return correlation < -0.3 ? -share : share
        }
    }

    static func mix(_ channels: [[Float]], _ weights: [Float]) -> [Float] {
        if channels.count == 1, weights[0] == 1 { return channels[0] }
        var result = [Float](repeating: 0, count: channels[0].count)
        for (channel, weight) in zip(channels, weights) {
            for index in result.indices { result[index] += weight * channel[index] }
        }
        return result
    }
}
