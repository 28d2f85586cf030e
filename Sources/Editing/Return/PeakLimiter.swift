internal import Foundation

/// Lowers a stretch of sound around its loudest moments, in all channels alike, so that none of its samples is beyond a ceiling.
///
/// The gain falls before a peak and rises after it without a step, and is 1 at both ends of the stretch, where it meets what is not
/// touched. Samples go through block by block, some milliseconds later; memory does not grow with their number.
struct PeakLimiter {
    /// Frames over which the gain falls before a peak.
    private let reach: Int
    /// How much of a fall is left after one frame.
    private let memory: Double
    /// What was taken and not given yet, and before it what its gains depend on; the first is frame `first` of the stretch.
    private var samples: [[Float]]
    private var first = 0
    /// For each of these frames the gain that it must not exceed.
    private var needed: [Float] = []
    /// The lowest such gain near each frame, going back to 1 slowly; for as many frames as those after them are known.
    private var held: [Float] = []
    /// The next frame to be given.
    private(set) var given = 0
    /// The lowest gain so far.
    private(set) var lowest: Float = 1

    private static let (attack, release) = (0.005, 0.02)

    init(channels: Int, rate: Int) {
        // Two averages over half of it each: an even number.
        reach = 2 * max(1, Int(Self.attack * Double(rate) / 2))
        memory = exp(-1 / max(1, Self.release * Double(rate)))
        samples = [[Float]](repeating: [], count: channels)
    }

    /// Takes the next frames and gives those that are finished, from frame `given` on.
    /// - Parameters:
    ///   - channels: the samples, `[channel][frame]`.
    ///   - bases: what will be added to each sample and is not lowered; nil for nothing.
    ///   - ceiling: what the sum must not exceed.
    ///   - own: what the samples alone must not exceed.
    ///   - least: the lowest gain that is needed, whatever the ceiling.
    mutating func push(
        _ channels: [[Float]], over bases: [[Float]]? = nil, ceiling: Float, own: Float = .infinity,
        least: Float = 0
    )
        -> [[Float]]
    {
        let count = channels[0].count
        var gains = [Float](repeating: 1, count: count)
        for channel in channels.indices {
            samples[channel] += channels[channel]
            for index in 0..<count {
                let (sample, base) = (channels[channel][index], bases?[channel][index] ?? 0)
                if abs(sample) > own { gains[index] = min(gains[index], max(least, own / abs(sample))) }
                if sample + base > ceiling {
                    gains[index] = min(gains[index], max(least, (ceiling - base) / sample))
                } else if sample + base < -ceiling {
                    gains[index] = min(gains[index], max(least, (-ceiling - base) / sample))
                }
            }
        }
        needed += gains
        return give(until: max(given, first + needed.count - 2 * reach), isEnd: false)
    }

    /// The rest.
    mutating func finish() -> [[Float]] { give(until: first + needed.count, isEnd: true) }

    private mutating func give(until end: Int, isEnd: Bool) -> [[Float]] {
        hold(isEnd: isEnd)
        let range = given - first..<end - first
        let total = first + needed.count
        var result = samples.map { Array($0[range]) }
        if !range.isEmpty, held.contains(where: { $0 < 1 }) {
            let gains = gains(range, total: isEnd ? total : nil)
            for channel in result.indices {
                for index in gains.indices { result[channel][index] *= gains[index] }
            }
            lowest = min(lowest, gains.min() ?? 1)
        }
        given = end
        let dropped = max(0, min(given - 2 * reach - first, held.count - 1))
        for channel in samples.indices { samples[channel].removeFirst(dropped) }
        needed.removeFirst(dropped)
        held.removeFirst(dropped)
        first += dropped
        return result
    }

    /// Completes `held` as far as the frames that are there allow.
    private mutating func hold(isEnd: Bool) {
        let end = isEnd ? needed.count : max(held.count, needed.count - reach)
        guard needed.contains(where: { $0 < 1 }) || (held.last ?? 1) < 1 else {
            held += [Float](repeating: 1, count: end - held.count)
            return
        }
        // The places of ever higher gains, of which the first within reach is the lowest there.
        var candidates: [Int] = []
        var (head, next) = (0, max(0, held.count - reach))
        for frame in held.count..<end {
            while next < min(needed.count, frame + reach + 1) {
                while candidates.count > head, needed[candidates[candidates.count - 1]] >= needed[next] {
                    candidates.removeLast()
                }
                candidates.append(next)
                next += 1
            }
            while candidates[head] < frame - reach { head += 1 }
            let last = Double(held.last ?? 1)
            let risen = last + (1 - last) * (1 - memory)
            held.append(min(needed[candidates[head]], risen > 0.998 ? 1 : Float(risen)))
        }
    }

    /// The gains of some frames, counted from `first`.
    /// - Parameter total: frames of the stretch, where its end is known.
    private func gains(_ range: Range<Int>, total: Int?) -> [Float] {
        let half = reach / 2
        func average(_ values: [Float], _ range: Range<Int>, from start: Int) -> [Float] {
            var sums = [0.0]
            for index in range.lowerBound - half..<range.upperBound + half {
                let place = index - start
                sums.append(sums[sums.count - 1] + Double(values.indices.contains(place) ? values[place] : 1))
            }
            return range.indices.map {
                Float((sums[$0 - range.lowerBound + 2 * half + 1] - sums[$0 - range.lowerBound]) / Double(2 * half + 1))
            }
        }
        let wide = range.lowerBound - half..<range.upperBound + half
        var gains = average(average(held, wide, from: 0), range, from: wide.lowerBound)
        // No sample is lowered by less than it needs, whatever the averages' rounding.
        for index in gains.indices { gains[index] = min(gains[index], needed[range.lowerBound + index]) }
        meetEnds(&gains, range, total)
        return gains
    }

    /// Brings the gains to 1 at the ends of the stretch. What is too loud close to an end is lowered over as little as there is.
    private func meetEnds(_ gains: inout [Float], _ range: Range<Int>, _ total: Int?) {
        func distance(_ index: Int) -> Int { min(first + index, total.map { $0 - 1 - first - index } ?? .max) }
        for index in range where distance(index) < reach {
            let way = Double(distance(index) + 1) / Double(reach + 1)
            let share = Float(0.5 - 0.5 * cos(.pi * way))
            gains[index - range.lowerBound] = 1 - share * (1 - gains[index - range.lowerBound])
        }
        let near = max(0, range.lowerBound - reach)..<min(needed.count, range.upperBound + reach)
        for place in near where needed[place] < 1 && distance(place) < reach {
            let width = min(reach, distance(place) + 1)
            for index in (place - width + 1..<place + width).clamped(to: range) {
                let share = Float(0.5 + 0.5 * cos(.pi * Double(index - place) / Double(width)))
                gains[index - range.lowerBound] = min(
                    gains[index - range.lowerBound], 1 - share * (1 - needed[place]))
            }
        }
    }
}
