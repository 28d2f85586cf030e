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
        let covariances = Self.covariances(surroundings, bands)
        let mixes = covariances.map { Mix($0, weights: weights.map(Double.init)) }
        let filters = (0..<channels).map { channel in
            twins[channel] == channel ? Self.filter(channel, mixes, bands) : nil
        }
        self.filters = twins.map { filters[$0] }
    }

    /// Samples to either side that a sample of the result depends on.
    var reach: Int { filters.compactMap { $0?.reach }.max() ?? 0 }

    /// The channels of a fill, `[channel][frame]`.
    func callAsFunction(_ fill: [Float]) -> [[Float]] { filters.map { $0.map { $0(fill) } ?? fill } }

    /// The real part of the channels' cross-spectra in each band, [bands][channel][channel].
    private static func covariances(_ channels: [[Float]], _ bands: FrequencyBands) -> [[[Double]]] {
        let spectra = channels.map { bands.frames(of: $0) }
        let frames = spectra[0].frames
        return bands.bins.map { bins in
            var matrix = [[Double]](repeating: [Double](repeating: 0, count: channels.count), count: channels.count)
            for a in channels.indices {
                for b in 0...a {
                    var sum = 0.0
                    let (first, second) = (spectra[a].spectrogram, spectra[b].spectrogram)
                    for frame in frames {
                        for index in frame * first.bins + bins.lowerBound..<frame * first.bins + bins.upperBound {
                            sum += Double(first.real[index] * second.real[index])
                            sum += Double(first.imaginary[index] * second.imaginary[index])
                        }
                    }
                    (matrix[a][b], matrix[b][a]) = (sum, sum)
                }
            }
            return matrix
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

    private static func filter(_ channel: Int, _ mixes: [Mix], _ bands: FrequencyBands) -> ConvolutionFilter {
        let size = 4 * bands.transform.fftSize
        let count = size / 2 + 1
        var response = Spectrum(bins: count)
        func add(_ gains: [Double], _ other: Spectrum?) {
            guard gains.contains(where: { abs($0) > 1e-4 }) else { return }
            for (bin, gain) in bands.interpolated(gains, count: count, scale: 4).enumerated() {
                response.real[bin] += Float(gain) * (other?.real[bin] ?? 1)
                response.imaginary[bin] += Float(gain) * (other?.imaginary[bin] ?? 0)
            }
        }
        add(mixes.map { $0.direct[channel] }, nil)
        for other in mixes[0].direct.indices {
            add(mixes.map { $0.diffuse[channel][other] }, decorrelator(other, size: size, rate: bands.rate))
        }
        return ConvolutionFilter(response: response, reach: size / 4)
    }

    /// The spectrum of a decorrelating all-pass: noise that dies away in some 10 ms, with its magnitudes made equal.
    private static func decorrelator(_ index: Int, size: Int, rate: Int) -> Spectrum {
        var state = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
        let burst = (0..<size / 4).map { place -> Float in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let uniform = Double(state >> 11) / Double(1 << 52) - 1
            let seconds = Double(place) / Double(rate)
            return seconds < 0.001 ? 0 : Float(uniform * exp(-seconds / 0.006))
        }
        var spectrum = FourierTransform.ofSize(size).forward(burst)
        for bin in spectrum.real.indices {
            let (real, imaginary) = (spectrum.real[bin], spectrum.imaginary[bin])
            let magnitude = max(1e-9, (real * real + imaginary * imaginary).squareRoot())
            (spectrum.real[bin], spectrum.imaginary[bin]) = (real / magnitude, imaginary / magnitude)
        }
        return spectrum
    }
}
