/// The `config.json` of a ClapAudioModelWithProjection (HTSAT, arXiv 2202.00874) without feature fusion.
public struct AudioEncoderConfiguration: Decodable, Sendable {
    /// The number of mel bins that the network hears, from the front end's lowest on.
    public let melBins: Int
    /// Side of the square image into which the spectrogram is folded.
    let imageSize: Int
    let patchSize: (height: Int, width: Int)
    let patchStride: (height: Int, width: Int)
    /// The channels of the patches; they double from stage to stage.
    let patchWidth: Int
    let hasPatchNorm: Bool
    /// Blocks per stage.
    let depths: [Int]
    /// Heads per stage.
    let heads: [Int]
    /// Side of an attention window, in patches.
    let windowSize: Int
    let hasAttentionBias: Bool
    /// Width of a block's hidden layer over its own width.
    let expansion: Float
    let normEpsilon: Float
    /// The number of elements of an embedding.
    public let embeddingWidth: Int
    let activation: Activation
    let projectionActivation: Activation

    /// Strips of time that lie under each other in the image.
    var strips: Int { imageSize / melBins }
    /// The length of the longest input, in mel frames. Shorter ones are stretched to it.
    public var maximumFrames: Int { imageSize * strips }
    /// Channels of stage `index`.
    func width(_ index: Int) -> Int { patchWidth << index }

    private enum CodingKeys: String, CodingKey {
        case melBins = "num_mel_bins"
        case imageSize = "spec_size"
        case patchSize = "patch_size"
        case patchStride = "patch_stride"
        case patchWidth = "patch_embeds_hidden_size"
        case patchInputs = "patch_embed_input_channels"
        case flattensPatches = "flatten_patch_embeds"
        case hasPatchNorm = "enable_patch_layer_norm"
        case depths
        case heads = "num_attention_heads"
        case windowSize = "window_size"
        case hasAttentionBias = "qkv_bias"
        case expansion = "mlp_ratio"
        case normEpsilon = "layer_norm_eps"
        case width = "hidden_size"
        case embeddingWidth = "projection_dim"
        case activation = "hidden_act"
        case projectionActivation = "projection_hidden_act"
        case fuses = "enable_fusion"
    }

    /// Reads the configuration as transformers writes it.
    /// - Throws: an error that names the key that is missing or not implemented.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        melBins = try keys.size(.melBins)
        imageSize = try keys.size(.imageSize)
        let patch = try keys.sizes(.patchSize, perLevel: 2)
        let stride = try keys.sizes(.patchStride, perLevel: 2)
        patchSize = (patch[0], patch[1])
        patchStride = (stride[0], stride[1])
        patchWidth = try keys.size(.patchWidth)
        hasPatchNorm = try keys.value(.hasPatchNorm, absent: true)
        depths = try keys.sizes(.depths)
        heads = try keys.sizes(.heads, count: depths.count)
        windowSize = try keys.size(.windowSize)
        hasAttentionBias = try keys.value(.hasAttentionBias, absent: true)
        expansion = try keys.value(.expansion, absent: 4)
        normEpsilon = try keys.decode(Float.self, forKey: .normEpsilon)
        embeddingWidth = try keys.size(.embeddingWidth)
        activation = try keys.choice(.activation, absent: ActivationName.gelu).activation
        projectionActivation = try keys.choice(.projectionActivation, absent: ActivationName.relu).activation

        try keys.demand(.fuses, only: false)
        try keys.demand(.flattensPatches, only: true)
        try keys.demand(.patchInputs, only: 1)
        try keys.demand(imageSize % melBins == 0, .imageSize, "a multiple of num_mel_bins (\(melBins))")
        try keys.demand(depths.count <= 8, .depths, "at most 8 stages")
        try keys.demand(
            zip(patch, stride).allSatisfy { $0 >= $1 && ($0 - $1) % 2 == 0 }, .patchSize,
            "patch_stride or more by an even number")
        // The table of relative positions has the window's size, so a stage may not be smaller than a window.
        let smallest = (imageSize / max(patchStride.height, patchStride.width)) >> (depths.count - 1)
        try keys.demand(windowSize <= smallest, .windowSize, "at most the side of the last stage (\(smallest) patches)")
        let widths = depths.indices.map(width)
        try keys.demand(
            zip(widths, heads).allSatisfy { $0 % $1 == 0 }, .heads, "numbers that divide the widths \(widths)")
        try keys.demand(try keys.size(.width) == widths.last, .width, "\(widths.last!), the width of the last stage")
    }
}
