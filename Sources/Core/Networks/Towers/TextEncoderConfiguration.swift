/// The `config.json` of a ClapTextModelWithProjection (RoBERTa with a pooler and a two-layer projection).
public struct TextEncoderConfiguration: Decodable, Sendable {
    let vocabularySize: Int
    let width: Int
    let layers: Int
    let heads: Int
    let feedForwardWidth: Int
    /// Rows of the table of positions; the first real token stands at `paddingToken` + 1.
    let positions: Int
    let tokenTypes: Int
    let paddingToken: Int
    let normEpsilon: Float
    /// The number of elements of an embedding.
    public let embeddingWidth: Int
    let activation: Activation
    let projectionActivation: Activation

    /// The number of tokens of the longest text.
    public var maximumTokens: Int { positions - paddingToken - 1 }

    private enum CodingKeys: String, CodingKey {
        case vocabularySize = "vocab_size"
        case width = "hidden_size"
        case layers = "num_hidden_layers"
        case heads = "num_attention_heads"
        case feedForwardWidth = "intermediate_size"
        case positions = "max_position_embeddings"
        case tokenTypes = "type_vocab_size"
        case paddingToken = "pad_token_id"
        case normEpsilon = "layer_norm_eps"
        case embeddingWidth = "projection_dim"
        case activation = "hidden_act"
        case projectionActivation = "projection_hidden_act"
        case positionKind = "position_embedding_type"
    }

    /// Reads the configuration as transformers writes it.
    /// - Throws: an error that names the key that is missing or not implemented.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        vocabularySize = try keys.size(.vocabularySize)
        width = try keys.size(.width)
        layers = try keys.size(.layers)
        heads = try keys.size(.heads)
        feedForwardWidth = try keys.size(.feedForwardWidth)
        positions = try keys.size(.positions)
        tokenTypes = try keys.size(.tokenTypes)
        paddingToken = try keys.value(.paddingToken, absent: 1)
        normEpsilon = try keys.decode(Float.self, forKey: .normEpsilon)
        embeddingWidth = try keys.size(.embeddingWidth)
        activation = try keys.choice(.activation, absent: ActivationName.gelu).activation
        projectionActivation = try keys.choice(.projectionActivation, absent: ActivationName.relu).activation

        try keys.demand(width % heads == 0, .heads, "a number that divides hidden_size (\(width))")
        try keys.demand(
            (0..<positions - 1).contains(paddingToken), .paddingToken, "a token below max_position_embeddings")
        try keys.demand(.positionKind, only: "absolute")
    }
}
