internal import Core

/// Gives a fill the channels of the passages that it was made of: each as far as their mix is found in the fill, band by band and moment by moment. So
/// what sounds on one side does so again, where a fill that is spread as its surroundings are on the whole has everything everywhere.
struct PassageImage {
    private let bands: FrequencyBands
    private let weights: [Float]

    /// The most that a passage is raised, in amplitude.
    private static let most = 4.0

    /// - Parameter weights: what each channel adds to the mix that the model hears.
    init(weights: [Float], rate: Int) {
        bands = FrequencyBands(rate: rate)
        self.weights = weights
    }

    /// - Parameters:
    ///   - fill: one channel.
    ///   - passage: `[channel][frame]`, as long; zeros where nothing is known.
    ///   - image: spreads what of the fill is not the passage's.
    /// - Returns: the channels of the fill, whose mix it is.
    func callAsFunction(_ fill: [Float], of passage: [[Float]], rest image: StereoImage) -> [[Float]] {
        let (made, mix) = (bands.transform(fill), bands.transform(ChannelMix.mix(passage, weights)))
        let gains = (0..<made.frames).map { frame in bands.bins.map { Self.share(of: mix, in: made, frame, $0) } }
        let direct = Parallel.map(passage.count) { channel in
            var spectrogram = bands.transform(passage[channel])
            bands.scale(&spectrogram) { gains[$0][$1] }
            return bands.transform.inverse(spectrogram, length: fill.count)
        }
        let rest = image(zip(fill, ChannelMix.mix(direct, weights)).map { $0 - $1 })
        return zip(direct, rest).map { zip($0, $1).map { $0 + $1 } }
    }

    /// How much of a sound there is in another one, in some bins of a frame.
    private static func share(of sound: Spectrogram, in other: Spectrogram, _ frame: Int, _ bins: Range<Int>) -> Float {
        let (product, power) = FrequencyBands.projection(of: other, on: sound, frame, bins)
        return Float(min(most, max(0, product / (power + 1e-20))))
    }
}
