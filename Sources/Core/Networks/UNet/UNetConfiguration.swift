/// The `config.json` of a UNet2DConditionModel, in the part of it that AudioLDM-like models use. Keys that would change the
/// computation in a way that is not implemented are errors.
public struct UNetConfiguration: Decodable, Sendable {
    /// One level of the way down and of the way up. The first is the one at full resolution.
    struct Level: Sendable {
        let channels: Int
        /// Residual blocks on the way down; the way up has one more.
        let layers: Int
        /// Transformer blocks after each residual block, where the level attends.
        let transformerLayers: Int
        /// As the configuration says it: see `HeadRule`.
        let heads: Int
        let attendsDown: Bool
        let attendsUp: Bool
    }

    /// What lies between the way down and the way up.
    enum Middle: String, CaseIterable, Sendable {
        case attending = "UNetMidBlock2DCrossAttn"
        case plain = "UNetMidBlock2D"
        case none
    }

    /// How the condition (a prompt's embedding) joins the embedding of the timestep.
    public enum Condition: Equatable, Sendable {
        /// The network knows no condition.
        case none
        /// The condition, of `width` elements, is projected and added to the embedding of the timestep.
        case added(width: Int)
        /// The condition, of `width` elements, is projected and appended to the embedding of the timestep.
        case concatenated(width: Int)
    }

    let inputChannels: Int
    let outputChannels: Int
    /// The length in latent frames for which the model was made, if the file says it.
    public let sampleLength: Int?
    let levels: [Level]
    let middle: Middle
    /// How the condition joins the embedding of the timestep.
    public let condition: Condition
    let normGroups: Int
    let normEpsilon: Float
    /// The rows and columns of zeros around a level before it is halved; 0 means one row and one column at the end, as
    /// in the autoencoder.
    let downsamplePadding: Int
    let inputKernel: Int
    let outputKernel: Int
    /// Whether the cosines stand before the sines in the timestep's embedding.
    let cosinesFirst: Bool
    let frequencyShift: Float

    private enum DownBlock: String, CaseIterable {
        case plain = "DownBlock2D"
        case attending = "CrossAttnDownBlock2D"
    }

    private enum UpBlock: String, CaseIterable {
        case plain = "UpBlock2D"
        case attending = "CrossAttnUpBlock2D"
    }

    private enum Embedding: String, CaseIterable {
        case simpleProjection = "simple_projection"
        case none
    }

    private enum CodingKeys: String, CodingKey {
        case inputChannels = "in_channels"
        case outputChannels = "out_channels"
        case sampleSize = "sample_size"
        case channels = "block_out_channels"
        case layers = "layers_per_block"
        case transformerLayers = "transformer_layers_per_block"
        case reversedTransformerLayers = "reverse_transformer_layers_per_block"
        case downBlocks = "down_block_types"
        case middleBlock = "mid_block_type"
        case upBlocks = "up_block_types"
        case headCount = "num_attention_heads"
        case headWidth = "attention_head_dim"
        case normGroups = "norm_num_groups"
        case normEpsilon = "norm_eps"
        case activation = "act_fn"
        case downsamplePadding = "downsample_padding"
        case inputKernel = "conv_in_kernel"
        case outputKernel = "conv_out_kernel"
        case cosinesFirst = "flip_sin_to_cos"
        case frequencyShift = "freq_shift"
        case classEmbedding = "class_embed_type"
        case classWidth = "projection_class_embeddings_input_dim"
        case concatenatesClass = "class_embeddings_concat"
        case classCount = "num_class_embeds"
        case timeShift = "resnet_time_scale_shift"
        case timeEmbedding = "time_embedding_type"
        case timeEmbeddingWidth = "time_embedding_dim"
        case timeEmbeddingActivation = "time_embedding_act_fn"
        case timestepActivation = "timestep_post_act"
        case timestepCondition = "time_cond_proj_dim"
        case skipsTimeActivation = "resnet_skip_time_act"
        case residualScale = "resnet_out_scale_factor"
        case middleScale = "mid_block_scale_factor"
        case centersInput = "center_input_sample"
        case dualAttention = "dual_cross_attention"
        case attentionKind = "attention_type"
        case attentionNorm = "cross_attention_norm"
        case additionEmbedding = "addition_embed_type"
        case encoderProjection = "encoder_hid_dim_type"
        case encoderWidth = "encoder_hid_dim"
    }

    /// Reads the configuration as diffusers writes it.
    /// - Throws: an error that names the key that is missing or not implemented.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try Self.demandSupported(keys)

        inputChannels = try keys.size(.inputChannels)
        outputChannels = try keys.size(.outputChannels)
        sampleLength = (try? keys.decode([Int].self, forKey: .sampleSize))?.first ?? (try? keys.size(.sampleSize))
        normGroups = try keys.size(.normGroups)
        normEpsilon = try keys.decode(Float.self, forKey: .normEpsilon)
        downsamplePadding = try keys.value(.downsamplePadding, absent: 1)
        try keys.demand((0...1).contains(downsamplePadding), .downsamplePadding, "0 or 1")
        inputKernel = try keys.size(.inputKernel, absent: 3)
        outputKernel = try keys.size(.outputKernel, absent: 3)
        try keys.demand(inputKernel % 2 == 1, .inputKernel, "an odd number")
        try keys.demand(outputKernel % 2 == 1, .outputKernel, "an odd number")
        cosinesFirst = try keys.value(.cosinesFirst, absent: true)
        frequencyShift = try keys.value(.frequencyShift, absent: 0)
        levels = try Self.levels(keys, groups: normGroups)
        middle =
            try keys.contains(.middleBlock) && keys.decodeNil(forKey: .middleBlock)
            ? .none : keys.choice(.middleBlock, absent: .attending)

        switch try keys.choice(.classEmbedding, absent: Embedding.none) {
        case .none: condition = .none
        case .simpleProjection:
            let width = try keys.size(.classWidth)
            condition =
                try keys.value(.concatenatesClass, absent: false) ? .concatenated(width: width) : .added(width: width)
        }
    }

    private static func levels(_ keys: KeyedDecodingContainer<CodingKeys>, groups: Int) throws -> [Level] {
        let channels = try keys.sizes(.channels)
        let count = channels.count
        try keys.demand(
            channels.allSatisfy { $0 % groups == 0 && $0 % 2 == 0 }, .channels,
            "even numbers that norm_num_groups (\(groups)) divides")
        let layers = try keys.sizes(.layers, perLevel: count)
        let transformerLayers = try keys.sizes(.transformerLayers, perLevel: count, absent: 1)
        let down: [DownBlock] = try keys.choices(.downBlocks, count: count)
        let up: [UpBlock] = try keys.choices(.upBlocks, count: count)
        // A misnomer that all published files keep: diffusers takes attention_head_dim as the number of heads.
        let named = try keys.contains(.headCount) && !keys.decodeNil(forKey: .headCount)
        let headKey = named ? CodingKeys.headCount : .headWidth
        let heads = try keys.sizes(headKey, perLevel: count, absent: 8)
        try keys.demand(zip(heads, channels).allSatisfy(<=), headKey, "no more heads than channels")
        return channels.indices.map { level in
            Level(
                channels: channels[level], layers: layers[level], transformerLayers: transformerLayers[level],
                heads: heads[level], attendsDown: down[level] == .attending,
                attendsUp: up[count - 1 - level] == .attending)
        }
    }

    private static func demandSupported(_ keys: KeyedDecodingContainer<CodingKeys>) throws {
        try keys.demandNull(
            .reversedTransformerLayers, .classCount, .timeEmbeddingWidth, .timeEmbeddingActivation, .timestepActivation,
            .timestepCondition, .attentionNorm, .additionEmbedding, .encoderProjection, .encoderWidth)
        try keys.demand(.activation, only: "silu")
        try keys.demand(.timeShift, only: "default")
        try keys.demand(.timeEmbedding, only: "positional")
        try keys.demand(.attentionKind, only: "default")
        try keys.demand(.skipsTimeActivation, only: false)
        try keys.demand(.centersInput, only: false)
        try keys.demand(.dualAttention, only: false)
        try keys.demand(.residualScale, only: 1.0)
        try keys.demand(.middleScale, only: 1.0)
    }
}

/// The rule by which the number of heads of an attention is found.
public enum HeadRule: String, CaseIterable, Codable, Sendable {
    /// The number that diffusers reads from the configuration.
    case config
    /// The number with which AudioLDM was trained: heads of 32 channels, of 64 in the large model. diffusers' converter
    /// never carried that over.
    case original

    /// The heads of an attention in a model whose first level has `base` channels.
    func heads(of level: UNetConfiguration.Level, base: Int) -> Int {
        switch self {
        case .config: level.heads
        case .original: Self.trainedHeads(channels: level.channels, base: base)
        }
    }

    /// The heads with which AudioLDM's networks were trained.
    static func trainedHeads(channels: Int, base: Int) -> Int { max(1, channels / (base >= 256 ? 64 : 32)) }
}
