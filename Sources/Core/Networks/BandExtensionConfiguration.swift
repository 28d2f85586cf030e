/// The `config.json` of a band extension.
struct BandExtensionConfiguration: Decodable, Sendable {
    let melBins: Int
    let width: Int
    let kernelSize: Int
    /// Of the layers between the first and the last.
    let dilations: [Int]
    /// What brings the log-mel around 0: (mel - mean) / scale.
    let inputMean: Float
    let inputScale: Float

    private enum CodingKeys: String, CodingKey {
        case melBins = "feature_size"
        case width = "hidden_size"
        case kernelSize = "kernel_size"
        case dilations
        case inputMean = "input_mean"
        case inputScale = "input_scale"
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        melBins = try keys.size(.melBins)
        width = try keys.size(.width)
        kernelSize = try keys.size(.kernelSize)
        try keys.demand(kernelSize % 2 == 1, .kernelSize, "an odd number")
        dilations = try keys.sizes(.dilations)
        inputMean = try keys.value(.inputMean, absent: 0)
        inputScale = try keys.value(.inputScale, absent: 1)
        try keys.demand(inputScale > 0, .inputScale, "a number above 0")
    }
}
