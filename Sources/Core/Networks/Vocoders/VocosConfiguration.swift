/// The `config.json` of a Vocos.
public struct VocosConfiguration: Decodable, Sendable {
    public let melBins: Int
    public let width: Int
    /// Width of a block's hidden layer.
    public let hiddenWidth: Int
    public let layers: Int
    /// Samples per window of the inverse transform.
    public let fftSize: Int
    /// Samples per mel frame.
    public let hopSize: Int
    /// In Hz.
    public let samplingRate: Int
    /// Channels of noise beside the mel bins; 0 in the published kind.
    public let noiseChannels: Int

    private enum CodingKeys: String, CodingKey {
        case melBins = "input_channels"
        case width = "dim"
        case hiddenWidth = "intermediate_dim"
        case layers = "num_layers"
        case fftSize = "n_fft"
        case hopSize = "hop_length"
        case samplingRate = "sampling_rate"
        case padding
        case noiseChannels = "noise_channels"
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        melBins = try keys.size(.melBins)
        width = try keys.size(.width)
        hiddenWidth = try keys.size(.hiddenWidth)
        layers = try keys.size(.layers)
        fftSize = try keys.size(.fftSize)
        hopSize = try keys.size(.hopSize)
        samplingRate = try keys.size(.samplingRate)
        noiseChannels = try keys.value(.noiseChannels, absent: 0)
        try keys.demand((0...4096).contains(noiseChannels), .noiseChannels, "a whole number from 0 to 4096")
        try keys.demand(fftSize % 2 == 0, .fftSize, "an even number")
        try keys.demand(
            hopSize * 2 <= fftSize && (fftSize - hopSize) % 2 == 0, .hopSize,
            "an even number of samples less than n_fft, at most half of it")
        try keys.demand(.padding, only: "same")
    }
}
