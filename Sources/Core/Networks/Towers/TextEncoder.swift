/// The text tower of CLAP (arXiv 2211.06687): RoBERTa, of which the first token is pooled, and a projection.
public struct TextEncoder: Sendable {
    /// The sizes of the network.
    public let configuration: TextEncoderConfiguration
    private let words: Embedding
    private let positions: Embedding
    private let tokenTypes: Embedding
    private let norm: LayerNorm
    private let layers: [TextLayer]
    private let pooler: Linear
    private let projection: Projection

    init(_ weights: WeightScope, _ configuration: TextEncoderConfiguration) throws(CheckpointError) {
        self.configuration = configuration
        let width = configuration.width
        let model = weights["text_model"]
        let embeddings = model["embeddings"]
        words = try Embedding(embeddings["word_embeddings"], count: configuration.vocabularySize, width: width)
        positions = try Embedding(embeddings["position_embeddings"], count: configuration.positions, width: width)
        tokenTypes = try Embedding(embeddings["token_type_embeddings"], count: configuration.tokenTypes, width: width)
        norm = try LayerNorm(embeddings["LayerNorm"], channels: width, epsilon: configuration.normEpsilon)
        // Integer buffers that only count up, or are all zero.
        embeddings.skip("position_ids")
        embeddings.skip("token_type_ids")
        var layers: [TextLayer] = []
        for index in 0..<configuration.layers {
            layers.append(try TextLayer(model["encoder"]["layer"][index], configuration))
        }
        self.layers = layers
        pooler = try Linear(model["pooler"]["dense"], in: width, out: width)
        projection = try Projection(
            weights["text_projection"], in: width, out: configuration.embeddingWidth,
            activation: configuration.projectionActivation)
    }

    /// Makes the embedding of a text. It is not normalised to length 1.
    /// - Parameter tokens: the text's tokens with `<s>` and `</s>` and without padding, at most
    ///   `configuration.maximumTokens` of them. Padding would be masked anyway: without it the result is the same and
    ///   the work less.
    /// - Returns: the embedding, [1, embedding width].
    public func callAsFunction(_ tokens: [Int]) -> Tensor {
        precondition(
            !tokens.isEmpty && tokens.count <= configuration.maximumTokens,
            "\(tokens.count) tokens for a text encoder of \(configuration.maximumTokens)")
        // 1. Sum of word, position and type. The first token's position follows that of padding.
        let first = configuration.paddingToken + 1
        let sum =
            words(tokens) + positions(Array(first..<first + tokens.count))
            + tokenTypes(Array(repeating: 0, count: tokens.count))
        var hidden = norm(sum).reshaped([1, tokens.count, configuration.width])
        // 2. Transformer.
        for layer in layers { hidden = layer(hidden) }
        // 3. Pool the first token, and project.
        let start = hidden.sliced(axis: 1, 0..<1).reshaped([1, configuration.width])
        return projection(pooler(start, activation: .tanh))
    }
}

/// One layer of RoBERTa: attention and feed-forward, each normalised after its shortcut.
private struct TextLayer: Sendable {
    let query: Linear
    let key: Linear
    let value: Linear
    let attended: Linear
    let attentionNorm: LayerNorm
    let expansion: Linear
    let contraction: Linear
    let outputNorm: LayerNorm
    let heads: Int
    let activation: Activation

    init(_ weights: WeightScope, _ configuration: TextEncoderConfiguration) throws(CheckpointError) {
        let (width, epsilon) = (configuration.width, configuration.normEpsilon)
        let attention = weights["attention"]
        query = try Linear(attention["self"]["query"], in: width, out: width)
        key = try Linear(attention["self"]["key"], in: width, out: width)
        value = try Linear(attention["self"]["value"], in: width, out: width)
        attended = try Linear(attention["output"]["dense"], in: width, out: width)
        attentionNorm = try LayerNorm(attention["output"]["LayerNorm"], channels: width, epsilon: epsilon)
        expansion = try Linear(weights["intermediate"]["dense"], in: width, out: configuration.feedForwardWidth)
        contraction = try Linear(weights["output"]["dense"], in: configuration.feedForwardWidth, out: width)
        outputNorm = try LayerNorm(weights["output"]["LayerNorm"], channels: width, epsilon: epsilon)
        heads = configuration.heads
        activation = configuration.activation
    }

    /// [1, L, width] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let context = attention(query: query(x), key: key(x), value: value(x), heads: heads, precision: query.precision)
        let hidden = attentionNorm(attended(context, adding: x))
        return outputNorm(contraction(expansion(hidden, activation: activation), adding: hidden))
    }
}
