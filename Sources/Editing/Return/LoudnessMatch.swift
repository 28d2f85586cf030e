internal import Foundation

/// Gives what was made of a source the source's own loudness: from moment to moment and as a whole, or as a whole alone. All channels
/// alike, so that they stay where they are in the room.
struct LoudnessMatch {
    private let kept: Kept
    private let rate: Int
    /// The gain of the block before as a whole.
    private var last: Float?

    /// Seconds over which loudness is taken: half of it twice.
    private static let seconds = 0.04
    /// Seconds over which one block's level goes over into the next one's.
    private static let fade = 0.05
    /// The largest gain, and the largest one for what is too soft as a whole after the gains of its moments: nothing is made out of next
    /// to nothing.
    private static let (most, mostAfter): (Float, Float) = (10, 4)
    /// The power below which nothing is heard.
    private static let silence = 1e-10

    init(_ kept: Kept, rate: Int) {
        self.kept = kept
        self.rate = rate
    }

    /// - Parameters:
    ///   - made: `[channel][frame]`, with margins around the frames that count.
    ///   - source: the source's channels at the same frames.
    ///   - counting: the frames that are going to be written.
    mutating func callAsFunction(_ made: [[Float]], like source: [[Float]], counting: Range<Int>) -> [[Float]] {
        let (found, wanted) = (Self.powers(made), Self.powers(source))
        let gains: [Float]
        switch kept {
        case .none: gains = levelGains(found, wanted, counting, Self.most)
        case .dynamics:
            let moments = Self.momentGains(found, wanted, length: max(1, Int(Self.seconds / 2 * Double(rate))))
            // The moments in which there is next to nothing stay behind, which the others make up for.
            let kept = zip(found, moments).map { $0 * Double($1) * Double($1) }
            gains = zip(moments, levelGains(kept, wanted, counting, Self.mostAfter)).map { $0 * $1 }
        }
        return made.map { channel in zip(channel, gains).map { $0 * $1 } }
    }

    /// From moment to moment, of the powers that were found and those that are wanted.
    private static func momentGains(_ found: [Double], _ wanted: [Double], length: Int) -> [Float] {
        func loudness(_ powers: [Double]) -> [Double] { smoothed(smoothed(powers, length), length) }
        return zip(loudness(wanted), loudness(found)).map { wanted, found in
            min(most, Float(((wanted + silence) / (found + silence)).squareRoot()))
        }
    }

    /// As a whole, after that of the block before.
    private mutating func levelGains(
        _ found: [Double], _ wanted: [Double], _ counting: Range<Int>, _ most: Float
    ) -> [Float] {
        func power(_ powers: [Double]) -> Double { powers[counting].reduce(0, +) }
        let floor = Self.silence * Double(counting.count)
        let gain = min(most, Float(((power(wanted) + floor) / (power(found) + floor)).squareRoot()))
        let before = last ?? gain
        last = gain
        let length = Float(Self.fade * Double(rate))
        return found.indices.map { index in
            before + min(1, max(0, Float(index - counting.lowerBound) / length)) * (gain - before)
        }
    }

    /// The power of all channels together, frame by frame.
    private static func powers(_ channels: [[Float]]) -> [Double] {
        var sums = [Double](repeating: 0, count: channels[0].count)
        for channel in channels {
            for (index, sample) in channel.enumerated() { sums[index] += Double(sample) * Double(sample) }
        }
        return sums
    }

    /// The mean over `2 * (length / 2) + 1` values around each, fewer at the ends.
    private static func smoothed(_ values: [Double], _ length: Int) -> [Double] {
        let reach = length / 2
        // Sums from the start and from the end of each block as long as a window: none is a difference, in which what is soft would drown.
        let block = 2 * reach + 1
        var (before, after) = (values, values)
        for index in values.indices where index % block > 0 { before[index] += before[index - 1] }
        for index in values.indices.dropLast().reversed() where (index + 1) % block > 0 {
            after[index] += after[index + 1]
        }
        return values.indices.map { index in
            let (low, high) = (max(0, index - reach), min(values.count - 1, index + reach))
            let isOneBlock = low / block == high / block
            let sum = isOneBlock ? (low % block == 0 ? before[high] : after[low]) : after[low] + before[high]
            return sum / Double(high - low + 1)
        }
    }
}
