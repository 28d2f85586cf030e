internal import Core
internal import Foundation

/// How a band that is made for the mix of some channels goes to each of them, from moment to moment: as their own highest octave does.
///
/// What of a channel's highest octave goes with the mix is the gain of the band itself, and what goes its own way the gains of
/// decorrelated versions of it, as in `StereoImage`. A channel whose highest octave is empty gets nothing, and where the whole sound is
/// silent, so is the band.
struct UpperImage: Sendable {
    /// Frames from one set of gains to the next; between them gains go over in straight lines.
    let hop: Int
    private let weights: [Double]
    /// Of the highest octave.
    private let bins: Range<Int>
    private let transform: FourierTransform
    private let window: [Float]
    /// What turns the sum of a spectrum's squares into a mean square.
    private let scale: Double
    private var heard: [Moment] = []
    /// The place of the first of `heard`.
    private var firstHeard = 0
    private var gains: [Gains] = []
    private var firstGains = 0

    /// Channels up to which their relations are kept, beside their levels.
    private static let most = 8
    /// The largest gain: where the channels cancel in the mix, little of them can be known from it.
    private static let largest = 4.0
    /// Gains below which nothing is heard.
    private static let least = 1e-4
    /// Below this mean square in dB a sound is a pause: there, for each dB, the band is so many dB lower.
    private static let (pause, fall) = (-72.0, 2.0)
    /// Of a sound's power: what an octave must have to be more than rounding.
    private static let rounding = 1e-9
    /// The shares of neighbouring moments in one.
    private static let shares = [1.0, 2, 3, 2, 1].map { $0 / 9 }

    /// What is heard around one place.
    private struct Moment {
        /// Of the highest octave, row-major [channel, channel]; of more than the most channels their powers and products with the mix.
        var covariance: [Double]
        /// The products of each channel with the mix.
        var withMix: [Double]
        /// The mean square of the whole sound, the mean of all channels.
        var power: Double
    }

    /// The gains at one place.
    struct Gains {
        /// Of the band itself in each channel.
        var direct: [Float]
        /// Of its decorrelated versions, row-major [channel, version]; none where nothing is heard of them.
        var diffuse: [Float]
    }

    /// - Parameters:
    ///   - weights: what each channel adds to the mix.
    ///   - cutoff: where the band begins, in Hz.
    ///   - rate: of all sounds, in Hz.
    init(weights: [Float], cutoff: Double, rate: Int) {
        self.weights = weights.map(Double.init)
        let size = FrequencyBands.size(seconds: 0.0427, rate: rate)
        hop = size / 2
        transform = .ofSize(size)
        window = ShortTimeFourierTransform.hannWindow(size)
        let width = Double(rate) / Double(size)
        let first = max(1, Int(0.45 * cutoff / width))
        bins = first..<min(size / 2, max(first + 2, Int(0.9 * cutoff / width)))
        scale = 2 / (Double(size) * 0.375 * Double(size))
    }

    /// Versions of the band that the gains speak of.
    var versions: Int { weights.count > 1 && weights.count <= Self.most ? weights.count : 0 }

    /// Frames beyond a frame that have to be heard before its gains are known.
    var lookahead: Int { 4 * hop }

    /// Hears the channels as far as they are there.
    /// - Parameters:
    ///   - channels: the sound, `[channel][frame]`.
    ///   - start: the place of their first frame.
    ///   - isComplete: whether the sound ends with them.
    mutating func hear(_ channels: [[Float]], from start: Int, isComplete: Bool) {
        let end = start + channels[0].count
        let next = firstHeard + heard.count
        // The last place that lies wholly in the sound, or beyond its end.
        let last = isComplete ? end / hop + 2 + Self.shares.count / 2 : end / hop - 1
        guard next <= last else { return }
        heard += Parallel.map(last + 1 - next) { moment(at: next + $0, channels, from: start) }
        var place = firstGains + gains.count
        while place + Self.shares.count / 2 < firstHeard + heard.count {
            gains.append(gains(at: place))
            place += 1
        }
        let unneeded = max(0, min(heard.count, place - Self.shares.count / 2 - firstHeard))
        heard.removeFirst(unneeded)
        firstHeard += unneeded
    }

    /// The gains of a place that was heard.
    func gains(_ place: Int) -> Gains { gains[place - firstGains] }

    /// Forgets what lies before a frame.
    mutating func drop(before frame: Int) {
        let dropped = max(0, min(gains.count, frame / hop - firstGains))
        gains.removeFirst(dropped)
        firstGains += dropped
    }

    private func moment(at place: Int, _ channels: [[Float]], from start: Int) -> Moment {
        let first = place * hop - hop - start
        var power = 0.0
        let spectra = channels.map { samples in
            let space = transform.forward(
                window.indices.map { index in
                    let place = first + index
                    return place >= 0 && place < samples.count ? samples[place] * window[index] : 0
                })
            for bin in 3..<transform.bins {
                power += Double(space.real[bin] * space.real[bin] + space.imaginary[bin] * space.imaginary[bin])
            }
            return bins.map { (Double(space.real[$0]), Double(space.imaginary[$0])) }
        }
        func product(_ a: [(Double, Double)], _ b: [(Double, Double)]) -> Double {
            zip(a, b).reduce(0) { $0 + $1.0.0 * $1.1.0 + $1.0.1 * $1.1.1 } * scale
        }
        var mix = [(Double, Double)](repeating: (0, 0), count: bins.count)
        for (spectrum, weight) in zip(spectra, weights) {
            for index in mix.indices {
                mix[index].0 += weight * spectrum[index].0
                mix[index].1 += weight * spectrum[index].1
            }
        }
        let covariance =
            weights.count <= Self.most
            ? spectra.indices.flatMap { a in spectra.indices.map { product(spectra[a], spectra[$0]) } }
            : spectra.map { product($0, $0) }
        return Moment(
            covariance: covariance, withMix: spectra.map { product($0, mix) },
            power: power * scale / Double(channels.count))
    }

    private func gains(at place: Int) -> Gains {
        var moment: Moment?
        for (offset, share) in Self.shares.enumerated() {
            let index = place - Self.shares.count / 2 + offset - firstHeard
            guard heard.indices.contains(index) else { continue }
            let near = heard[index]
            var sum =
                moment
                ?? Moment(
                    covariance: near.covariance.map { _ in 0 }, withMix: near.withMix.map { _ in 0 }, power: 0)
            for index in sum.covariance.indices { sum.covariance[index] += share * near.covariance[index] }
            for index in sum.withMix.indices { sum.withMix[index] += share * near.withMix[index] }
            sum.power += share * near.power
            moment = sum
        }
        guard let moment, moment.power > 0 else {
            return Gains(direct: weights.map { _ in 0 }, diffuse: [])
        }
        let level = 10 * log10(moment.power)
        let loudness = level < Self.pause ? pow(10, -Self.fall / 20 * (Self.pause - level)) : 1
        return versions > 0 ? related(moment, loudness) : apart(moment, loudness)
    }

    /// Each channel by its level.
    private func apart(_ moment: Moment, _ loudness: Double) -> Gains {
        let mixed = mixed(moment)
        let direct = weights.indices.map { channel in
            let power = moment.covariance[channel]
            let gain = min(Self.largest, (power / mixed).squareRoot()) * loudness
            return Float(weights[channel] < 0 ? -gain : gain)
        }
        return Gains(direct: direct, diffuse: [])
    }

    /// The power of the mix's highest octave, and what keeps it from being none.
    private func mixed(_ moment: Moment) -> Double {
        zip(weights, moment.withMix).reduce(max(Self.rounding * moment.power, 1e-11)) { $0 + $1.0 * $1.1 }
    }

    /// Each channel by what goes with the mix and what goes its own way.
    private func related(_ moment: Moment, _ loudness: Double) -> Gains {
        let count = weights.count
        func covariance(_ a: Int, _ b: Int) -> Double { moment.covariance[a * count + b] }
        let loudest = weights.indices.reduce(0) { max($0, covariance($1, $1)) }
        let mixed = max(mixed(moment), loudest / (Self.largest * Self.largest))
        let direct = moment.withMix.map { Float($0 / mixed * loudness) }
        let left = (0..<count).map { a in
            (0..<count).map { b in
                (covariance(a, b) - moment.withMix[a] * moment.withMix[b] / mixed) / mixed
            }
        }
        guard (0..<count).contains(where: { left[$0][$0] > Self.least * Self.least }) else {
            return Gains(direct: direct, diffuse: [])
        }
        var diffuse = SymmetricMatrix(left).squareRoot.map { $0.map { Float($0 * loudness) } }
        // Equal channels stay equal to the bit.
        for a in 1..<count {
            let twin = (0..<a).first { covariance(a, $0) == covariance(a, a) && covariance($0, $0) == covariance(a, a) }
            if let twin { diffuse[a] = diffuse[twin] }
        }
        return Gains(direct: direct, diffuse: diffuse.flatMap { $0 })
    }
}
