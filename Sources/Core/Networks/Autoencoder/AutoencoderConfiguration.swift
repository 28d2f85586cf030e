/// The `config.json` of an AutoencoderKL.
public struct AutoencoderConfiguration: Decodable, Sendable {
    /// The channels of each level, the one at full resolution first.
    let channels: [Int]
    /// The residual blocks of each level of the encoder; the decoder has one more.
    let layers: Int
    /// The number of channels of a latent cell.
    public let latentChannels: Int
    let normGroups: Int
    /// Latents are the posterior's times this, which gives them unit variance.
    let scalingFactor: Float
    /// Whether each cell sees all others, between the residual blocks of the deepest level.
    public let attends: Bool
    let hasQuantConvolution: Bool
    let hasPostQuantConvolution: Bool

    /// The number of mel frames, and of mel bins, that one latent cell covers.
    public var factor: Int { 1 << (channels.count - 1) }

    private enum DownBlock: String, CaseIterable { case plain = "DownEncoderBlock2D" }
    private enum UpBlock: String, CaseIterable { case plain = "UpDecoderBlock2D" }

    private enum CodingKeys: String, CodingKey {
        case channels = "block_out_channels"
        case layers = "layers_per_block"
        case latentChannels = "latent_channels"
        case normGroups = "norm_num_groups"
        case scalingFactor = "scaling_factor"
        case attends = "mid_block_add_attention"
        case hasQuantConvolution = "use_quant_conv"
        case hasPostQuantConvolution = "use_post_quant_conv"
        case inputChannels = "in_channels"
        case outputChannels = "out_channels"
        case downBlocks = "down_block_types"
        case upBlocks = "up_block_types"
        case activation = "act_fn"
        case shiftFactor = "shift_factor"
        case latentsMean = "latents_mean"
        case latentsDeviation = "latents_std"
    }

    /// Reads the configuration as diffusers writes it.
    /// - Throws: an error that names the key that is missing or not implemented.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        channels = try keys.sizes(.channels)
        layers = try keys.size(.layers)
        latentChannels = try keys.size(.latentChannels)
        normGroups = try keys.size(.normGroups)
        scalingFactor = try keys.decode(Float.self, forKey: .scalingFactor)
        attends = try keys.value(.attends, absent: true)
        hasQuantConvolution = try keys.value(.hasQuantConvolution, absent: true)
        hasPostQuantConvolution = try keys.value(.hasPostQuantConvolution, absent: true)

        let groups = normGroups
        try keys.demand(channels.count <= 8, .channels, "at most 8 levels")
        try keys.demand(channels.allSatisfy { $0 % groups == 0 }, .channels, "multiples of norm_num_groups (\(groups))")
        try keys.demand(scalingFactor > 0, .scalingFactor, "a number above 0")
        let _: [DownBlock] = try keys.choices(.downBlocks, count: channels.count)
        let _: [UpBlock] = try keys.choices(.upBlocks, count: channels.count)
        try keys.demand(.inputChannels, only: 1)
        try keys.demand(.outputChannels, only: 1)
        try keys.demand(.activation, only: "silu")
        try keys.demandNull(.shiftFactor, .latentsMean, .latentsDeviation)
    }
}
