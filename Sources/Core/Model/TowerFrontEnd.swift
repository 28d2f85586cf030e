internal import Foundation

/// What CLAP's published audio towers hear: the power of mel bands in decibels, of sound at a rate of their own (transformers'
/// `ClapFeatureExtractor` without fusion; haoheliu/AudioLDM, `clap/open_clip/htsat.py`).
///
/// A model says so in `audio_encoder/preprocessor_config.json`; without it the tower hears the model's own log-mel.
public struct TowerFrontEnd: Sendable, Equatable, Decodable {
    /// The sampling rate of the sound, in Hz.
    public let samplingRate: Int
    /// The number of mel bands.
    public let melBins: Int
    /// The number of samples that are heard at once. Of a shorter sound as many whole repeats as fit are heard, and silence after them.
    public let window: Int
    private let transform: ShortTimeFourierTransform
    private let filterBank: MelFilterBank

    /// The power below which all is the same.
    private static let floor: Float = 1e-10

    /// The number of mel frames of a window.
    public var frames: Int { transform.frames(samples: window) }

    private enum CodingKeys: String, CodingKey {
        case samplingRate = "sampling_rate"
        case fftSize = "fft_window_size"
        case hopSize = "hop_length"
        case melBins = "feature_size"
        case lowestHz = "frequency_min"
        case highestHz = "frequency_max"
        case seconds = "max_length_s"
        case padding
        case truncation
    }

    /// Reads the numbers as transformers writes them.
    /// - Throws: an error that names the key that is missing or not implemented.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        samplingRate = try keys.size(.samplingRate)
        melBins = try keys.size(.melBins)
        let fftSize = try keys.size(.fftSize)
        let lowest = try keys.value(.lowestHz, absent: 0.0)
        let highest = try keys.decode(Double.self, forKey: .highestHz)
        try keys.demand(
            0 <= lowest && lowest < highest && highest <= Double(samplingRate) / 2, .highestHz,
            "a frequency above frequency_min and up to half the sampling rate")
        try keys.demand(.padding, only: "repeatpad")
        // Fusion takes another filter bank, and a network that fuses.
        try keys.demand(.truncation, only: "rand_trunc")
        let hop = try keys.size(.hopSize)
        window = try keys.size(.seconds, absent: 10) * samplingRate
        transform = ShortTimeFourierTransform(fftSize: fftSize, windowSize: fftSize, hopSize: hop)
        filterBank = MelFilterBank(
            rate: samplingRate, fftSize: fftSize, bands: melBins, lowest: lowest, highest: highest)
    }

    /// Whether two front ends make the same of a sound.
    public static func == (a: TowerFrontEnd, b: TowerFrontEnd) -> Bool {
        (a.samplingRate, a.melBins, a.window) == (b.samplingRate, b.melBins, b.window)
            && a.transform.fftSize == b.transform.fftSize && a.transform.hopSize == b.transform.hopSize
            && a.filterBank.matrix == b.filterBank.matrix
    }

    /// Makes what the tower hears of a sound.
    /// - Parameter samples: at least one sample, at most ``window``, at ``samplingRate``.
    /// - Returns: the bands' power in dB, [1, frames, bands].
    public func callAsFunction(_ samples: [Float]) -> Tensor {
        precondition((1...window).contains(samples.count), "\(samples.count) samples for a window of \(window)")
        let repeats = window / samples.count
        let whole =
            Array(repeatElement(samples, count: repeats).joined())
            + [Float](repeating: 0, count: window - repeats * samples.count)
        let power = transform.magnitudes(whole).map { $0 * $0 }
        let elements = filterBank(power).map { 10 * log10(max($0, Self.floor)) }
        return Tensor(elements, shape: [1, frames, melBins])
    }
}
