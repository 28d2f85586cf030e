/// The `config.json` of a Vocos.
struct VocosConfiguration: Decodable, Sendable {
    let melBins: Int
    let width: Int
    /// Width of a block's hidden layer.
    let hiddenWidth: Int
    let layers: Int
    /// Samples per window of the inverse transform.
    let fftSize: Int
    /// Samples per mel frame.
    let hopSize: Int
    /// In Hz.
    let samplingRate: Int
    /// What brings the log-mel around 0, (mel - mean) / scale; 0 and 1 in the published kind.
    let inputMean: Float
    let inputScale: Float
    /// Channels of noise beside the mel bins; 0 in the published kind.
    let noiseChannels: Int
    /// Whether phases are counted from one moment for all frames instead of from each frame's own.
    let hasSteadyPhase: Bool
    /// How often the sound's own log-mel is then brought to the given one; 0 in the published kind.
    let matchingRounds: Int

    /// Frames after which a steady phase is the same as one counted from the frame; 0 where phases are not steady.
    var period: Int { hasSteadyPhase ? fftSize / hopSize : 0 }
    /// Channels that the backbone sees.
    var inputs: Int { melBins + noiseChannels + period }

    private enum CodingKeys: String, CodingKey {
        case melBins = "input_channels"
        case width = "dim"
        case hiddenWidth = "intermediate_dim"
        case layers = "num_layers"
        case fftSize = "n_fft"
        case hopSize = "hop_length"
        case samplingRate = "sampling_rate"
        case padding
        case inputMean = "input_mean"
        case inputScale = "input_scale"
        case noiseChannels = "noise_channels"
        case hasSteadyPhase = "steady_phase"
        case matchingRounds = "matching_rounds"
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        melBins = try keys.size(.melBins)
        width = try keys.size(.width)
        hiddenWidth = try keys.size(.hiddenWidth)
        layers = try keys.size(.layers)
        fftSize = try keys.size(.fftSize)
        hopSize = try keys.size(.hopSize)
        samplingRate = try keys.size(.samplingRate)
        inputMean = try keys.value(.inputMean, absent: 0)
        inputScale = try keys.value(.inputScale, absent: 1)
        try keys.demand(inputScale > 0, .inputScale, "a number above 0")
        noiseChannels = try keys.value(.noiseChannels, absent: 0)
        try keys.demand((0...4096).contains(noiseChannels), .noiseChannels, "a whole number from 0 to 4096")
        hasSteadyPhase = try keys.value(.hasSteadyPhase, absent: false)
        matchingRounds = try keys.value(.matchingRounds, absent: 0)
        try keys.demand((0...100).contains(matchingRounds), .matchingRounds, "a whole number from 0 to 100")
        try keys.demand(
            !hasSteadyPhase || fftSize % hopSize == 0, .hopSize, "a divisor of n_fft where the phase is steady")
        try keys.demand(fftSize % 2 == 0, .fftSize, "an even number")
        try keys.demand(
            hopSize * 2 <= fftSize && (fftSize - hopSize) % 2 == 0, .hopSize,
            "an even number of samples less than n_fft, at most half of it")
        try keys.demand(.padding, only: "same")
    }
}
