/// The `config.json` of a SpeechT5HifiGan.
struct HifiGanConfiguration: Decodable, Sendable {
    let melBins: Int
    /// In Hz.
    let samplingRate: Int
    /// Channels before the first upsampling; every upsampling halves them.
    let channels: Int
    let upsamplingRates: [Int]
    let upsamplingKernels: [Int]
    let residualKernels: [Int]
    /// Of each residual kernel.
    let dilations: [[Int]]
    let slope: Float
    /// Whether the mel is shifted and scaled by stored buffers first.
    let normalizesInput: Bool

    /// Samples per mel frame.
    var hopSize: Int { upsamplingRates.reduce(1, *) }

    private enum CodingKeys: String, CodingKey {
        case melBins = "model_in_dim"
        case samplingRate = "sampling_rate"
        case channels = "upsample_initial_channel"
        case upsamplingRates = "upsample_rates"
        case upsamplingKernels = "upsample_kernel_sizes"
        case residualKernels = "resblock_kernel_sizes"
        case dilations = "resblock_dilation_sizes"
        case slope = "leaky_relu_slope"
        case normalizesInput = "normalize_before"
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        melBins = try keys.size(.melBins)
        samplingRate = try keys.size(.samplingRate)
        channels = try keys.size(.channels)
        upsamplingRates = try keys.sizes(.upsamplingRates)
        upsamplingKernels = try keys.sizes(.upsamplingKernels, count: upsamplingRates.count)
        residualKernels = try keys.sizes(.residualKernels)
        dilations = try keys.decode([[Int]].self, forKey: .dilations)
        slope = try keys.decode(Float.self, forKey: .slope)
        normalizesInput = try keys.decode(Bool.self, forKey: .normalizesInput)

        try keys.demand(upsamplingRates.count <= 16, .upsamplingRates, "at most 16 rates")
        try keys.demand(
            upsamplingRates.allSatisfy { $0 <= 64 } && hopSize <= 1 << 16, .upsamplingRates, "rates of at most 64")
        try keys.demand(
            channels >> upsamplingRates.count >= 1, .channels,
            "at least \(1 << upsamplingRates.count), as each rate halves it")
        try keys.demand(
            zip(upsamplingKernels, upsamplingRates).allSatisfy(>=), .upsamplingKernels,
            "kernels no shorter than their rates")
        try keys.demand(residualKernels.allSatisfy { $0 % 2 == 1 }, .residualKernels, "odd numbers")
        let count = residualKernels.count
        try keys.demand(
            dilations.count == count && dilations.allSatisfy { $0.allSatisfy((1...1024).contains) }, .dilations,
            "\(count) lists of whole numbers of at least 1")
    }
}
