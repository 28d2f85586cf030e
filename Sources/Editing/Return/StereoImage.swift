internal import Core
internal import Foundation

/// Makes the channels of a fill from one generated channel, as they lie in its surroundings.
///
/// The model hears and makes a mix of the channels. In each band the surroundings tell what of a channel goes with the mix
/// (a regression) and what goes its own way (the covariance that is left). The first is the fill itself at that gain, the
/// second are decorrelated versions of the fill with that covariance; mixing the channels gives the fill again, and their
/// covariance is the surroundings'. (Compare J. Vilkamo, T. Backstrom, A. Kuntz, "Optimized covariance domain framework
/// for time-frequency processing of spatial audio", 2013.) Equal channels get the same filter and stay equal, silent ones
/// stay silent.
struct StereoImage: Sendable {
    /// One filter for each channel; nil where the channel is the fill itself.
    private let filters: [ConvolutionFilter?]

    /// - Parameters:
    ///   - surroundings: the recording around the region, `[channel][frame]`, stretches one after another.
    ///   - weights: what each channel adds to the mix that the model hears.
    init(_ surroundings: [[Float]], weights: [Float], rate: Int) {
        precondition(surroundings.count == weights.count, "a weight for each channel")
        let channels = surroundings.count
        // The first channel that is the same as each one.
        let twins = (0..<channels).map { channel in
            (0...channel).first { surroundings[$0] == surroundings[channel] } ?? channel
        }
        let bands = FrequencyBands(rate: rate)
        let isSilent = surroundings.allSatisfy { $0.allSatisfy { $0 == 0 } }
        guard !twins.allSatisfy({ $0 == 0 }), !isSilent, surroundings[0].count >= bands.transform.fftSize else {
            filters = [ConvolutionFilter?](repeating: nil, count: channels)
            return
        }
        let mixes = Self.covariances(Self.sampled(surroundings, bands), bands).map {
            Mix($0, weights: weights.map(Double.init))
        }
        let own = (0..<channels).filter { twins[$0] == $0 }
        let responses = StereoResponses(mixes.map(\.direct), mixes.map(\.diffuse), of: own, bands)
        let made = Parallel.map(own.count) {
            ConvolutionFilter(response: responses.spectra[$0], reach: responses.size / 4)
        }
        filters = twins.map { twin in own.firstIndex(of: twin).map { made[$0] } }
    }

    /// Samples of all channels that are looked at, at most: a second of two channels tells as much as one of two hundred.
    private static let most = 8_000_000

    /// Stretches from all over a sound of very many channels.
    private static func sampled(_ channels: [[Float]], _ bands: FrequencyBands) -> [[Float]] {
        let shortest = 4 * bands.transform.fftSize
        let wanted = max(shortest, most / channels.count)
        let total = channels[0].count
        guard total > wanted else { return channels }
        let pieces = max(2, min(8, wanted / shortest))
        let length = min(total / pieces, max(shortest, wanted / pieces))
        return channels.map { samples in
            (0..<pieces).flatMap { piece in
                let start = piece * (total - length) / (pieces - 1)
                return samples[start..<start + length]
            }
        }
    }

    /// Whether each channel is the fill itself.
    var isPlain: Bool { filters.allSatisfy { $0 == nil } }

    /// Samples to either side that a sample of the result depends on.
    var reach: Int { filters.compactMap { $0?.reach }.max() ?? 0 }

    /// The channels of a fill, `[channel][frame]`.
    func callAsFunction(_ fill: [Float]) -> [[Float]] { filters.map { $0.map { $0(fill) } ?? fill } }

    /// The real part of the channels' cross-spectra in each band, [bands][channel][channel].
    private static func covariances(_ channels: [[Float]], _ bands: FrequencyBands) -> [[[Double]]] {
        let spectra = channels.map { bands.frames(of: $0) }
        let frames = spectra[0].frames
        return Parallel.map(bands.bins.count) { band in
            let bins = bands.bins[band]
            var sums = [Double](repeating: 0, count: channels.count * channels.count)
            let framesAtOnce = max(1, 2048 / bins.count)
            for start in stride(from: frames.lowerBound, to: frames.upperBound, by: framesAtOnce) {
                var block: [Double] = []
                for (spectrogram, _) in spectra {
                    for frame in start..<min(frames.upperBound, start + framesAtOnce) {
                        let row = frame * spectrogram.bins
                        for index in row + bins.lowerBound..<row + bins.upperBound {
                            block.append(Double(spectrogram.real[index]))
                            block.append(Double(spectrogram.imaginary[index]))
                        }
                    }
                }
                let product = MatrixProduct.ofTranspose(block, rows: channels.count)
                for index in sums.indices { sums[index] += product[index] }
            }
            return channels.indices.map { Array(sums[$0 * channels.count..<($0 + 1) * channels.count]) }
        }
    }

    /// How a band's channels come from the mix.
    private struct Mix {
        /// The gain of the fill in each channel.
        let direct: [Double]
        /// The gains of the decorrelated fills in each channel, [channel][decorrelator].
        let diffuse: [[Double]]

        /// The largest gain: where the channels cancel in the mix, little of them can be known from it.
        static let limit = 4.0

        init(_ covariance: [[Double]], weights: [Double]) {
            let channels = covariance.indices
            let withMix = channels.map { a in channels.reduce(0) { $0 + covariance[a][$1] * weights[$1] } }
            let trace = channels.reduce(0) { $0 + covariance[$1][$1] }
            guard trace > 0 else {
                direct = channels.map { _ in 0 }
                diffuse = channels.map { _ in channels.map { _ in 0 } }
                return
            }
            let loudest = channels.map { covariance[$0][$0] }.max() ?? 0
            let mixed = max(
                channels.reduce(0) { $0 + weights[$1] * withMix[$1] }, loudest / (Self.limit * Self.limit))
            direct = withMix.map { $0 / mixed }
            let left = channels.map { a in
                channels.map { b in (covariance[a][b] - withMix[a] * withMix[b] / mixed) / mixed }
            }
            diffuse = SymmetricMatrix(left).squareRoot
        }
    }
}
