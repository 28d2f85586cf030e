/// The numbers that turn a waveform into a model's log-mel spectrogram, as a model's folder gives them in
/// `feature_extractor/preprocessor_config.json`.
public struct FrontEnd: Codable, Sendable, Equatable {
    /// The sampling rate of the waveform, in Hz.
    public let samplingRate: Int
    /// The number of samples under one Fourier transform.
    public let fftSize: Int
    /// The number of samples under the Hann window, at most `fftSize`.
    public let windowSize: Int
    /// The number of samples from one frame to the next.
    public let hopSize: Int
    /// The number of mel bands.
    public let melBins: Int
    /// The lower edge of the lowest mel band, in Hz.
    public let lowestHz: Double
    /// The upper edge of the highest mel band, in Hz, at most half the sampling rate.
    public let highestHz: Double
    /// A factor of the magnitudes: 1/3 gives a transform of three times the length the levels of the short one.
    public let gain: Double
    /// The smallest band magnitude that counts; the logarithm of silence is `log(floor)`.
    public let floor: Double

    enum CodingKeys: String, CodingKey {
        case samplingRate = "sampling_rate"
        case fftSize = "fft_window_size"
        case windowSize = "window_size"
        case hopSize = "hop_length"
        case melBins = "feature_size"
        case lowestHz = "frequency_min"
        case highestHz = "frequency_max"
        case gain = "magnitude_gain"
        case floor
    }

    /// The front end of the published AudioLDM models (haoheliu/AudioLDM, `audioldm/utils.py`): 16 kHz, 64 ms
    /// windows every 10 ms, 64 bands to 8 kHz. Their folders do not state it.
    public static let audioLDM = FrontEnd(
        samplingRate: 16_000, fftSize: 1024, windowSize: 1024, hopSize: 160, melBins: 64, lowestHz: 0,
        highestHz: 8000, gain: 1, floor: 1e-5)

    /// A front end of given numbers; it is our own bug if they are impossible, such as a window longer than the
    /// transform.
    /// - Parameters:
    ///   - samplingRate: the rate of the waveform in Hz.
    ///   - fftSize: the samples under one Fourier transform.
    ///   - windowSize: the samples under the window, 1 to `fftSize`.
    ///   - hopSize: the samples from one frame to the next.
    ///   - melBins: the number of mel bands.
    ///   - lowestHz: the lower edge of the lowest band.
    ///   - highestHz: the upper edge of the highest band, at most half the rate.
    ///   - gain: a factor of the magnitudes, above 0.
    ///   - floor: the smallest band magnitude that counts, above 0.
    public init(
        samplingRate: Int, fftSize: Int, windowSize: Int, hopSize: Int, melBins: Int, lowestHz: Double,
        highestHz: Double, gain: Double, floor: Double
    ) {
        self.samplingRate = samplingRate
        self.fftSize = fftSize
        self.windowSize = windowSize
        self.hopSize = hopSize
        self.melBins = melBins
        self.lowestHz = lowestHz
        self.highestHz = highestHz
        self.gain = gain
        self.floor = floor
        precondition(flaw == nil, "a front end with \(flaw ?? "")")
    }

    /// Reads the numbers as `preprocessor_config.json` has them.
    /// - Throws: `DecodingError` for a number that is missing or impossible.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        samplingRate = try values.decode(Int.self, forKey: .samplingRate)
        fftSize = try values.decode(Int.self, forKey: .fftSize)
        windowSize = try values.decode(Int.self, forKey: .windowSize)
        hopSize = try values.decode(Int.self, forKey: .hopSize)
        melBins = try values.decode(Int.self, forKey: .melBins)
        lowestHz = try values.decode(Double.self, forKey: .lowestHz)
        highestHz = try values.decode(Double.self, forKey: .highestHz)
        gain = try values.decode(Double.self, forKey: .gain)
        floor = try values.decode(Double.self, forKey: .floor)
        if let flaw {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: flaw))
        }
    }

    /// What is impossible about these numbers, or nil.
    private var flaw: String? {
        if samplingRate <= 0 { return "sampling_rate must be above 0, found \(samplingRate)" }
        if fftSize <= 0 { return "fft_window_size must be above 0, found \(fftSize)" }
        if !(1...fftSize).contains(windowSize) {
            return "window_size must be 1 to fft_window_size (\(fftSize)), found \(windowSize)"
        }
        if hopSize <= 0 { return "hop_length must be above 0, found \(hopSize)" }
        if melBins <= 0 { return "feature_size must be above 0, found \(melBins)" }
        if !(0 <= lowestHz && lowestHz < highestHz && highestHz <= Double(samplingRate) / 2) {
            return "frequency_min < frequency_max <= sampling_rate / 2 expected, found \(lowestHz) and \(highestHz)"
        }
        if !(gain > 0 && floor > 0) { return "magnitude_gain and floor must be above 0, found \(gain) and \(floor)" }
        return nil
    }

    /// The number of mel frames in a second.
    public var frameRate: Double { Double(samplingRate) / Double(hopSize) }
}
