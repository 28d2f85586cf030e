/// Transformer blocks over all cells of a feature map (diffusers' Transformer2DModel on continuous input).
struct SpatialTransformer: Sendable {
    let norm: GroupNorm
    let projectionIn: Linear
    let blocks: [TransformerBlock]
    let projectionOut: Linear

    init(
        _ weights: WeightScope, channels: Int, heads: Int, layers: Int, groups: Int
    ) throws(CheckpointError) {
        // Not a multiple of the heads: then the inner width is the next smaller one that is.
        let width = channels / heads * heads
        norm = try GroupNorm(weights["norm"], channels: channels, groups: groups, epsilon: 1e-6)
        // Stored as 1x1 convolutions or as dense layers (use_linear_projection): with channels last they are the same.
        projectionIn = try Linear(weights["proj_in"], in: channels, out: width)
        var blocks: [TransformerBlock] = []
        for index in 0..<layers {
            blocks.append(try TransformerBlock(weights["transformer_blocks"][index], width: width, heads: heads))
        }
        self.blocks = blocks
        projectionOut = try Linear(weights["proj_out"], in: width, out: channels)
    }

    /// [B, H, W, C] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (b, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        var hidden = projectionIn(norm(x).reshaped([b, h * w, c]))
        for block in blocks { hidden = block(hidden) }
        return projectionOut(hidden, adding: x.reshaped([b, h * w, c])).reshaped([b, h, w, c])
    }
}

/// Two self-attentions and a gated feed-forward layer (diffusers' BasicTransformerBlock). The second attention is made for a text
/// sequence; AudioLDM gives it none, and then it attends to its own input.
struct TransformerBlock: Sendable {
    let norm1: LayerNorm
    let attention1: SelfAttention
    let norm2: LayerNorm
    let attention2: SelfAttention
    let norm3: LayerNorm
    let gate: Linear
    let contraction: Linear

    init(_ weights: WeightScope, width: Int, heads: Int) throws(CheckpointError) {
        norm1 = try LayerNorm(weights["norm1"], channels: width, epsilon: 1e-5)
        attention1 = try SelfAttention(weights["attn1"], width: width, heads: heads)
        norm2 = try LayerNorm(weights["norm2"], channels: width, epsilon: 1e-5)
        attention2 = try SelfAttention(weights["attn2"], width: width, heads: heads)
        norm3 = try LayerNorm(weights["norm3"], channels: width, epsilon: 1e-5)
        gate = try Linear(weights["ff"]["net"][0]["proj"], in: width, out: 8 * width)
        contraction = try Linear(weights["ff"]["net"][2], in: 4 * width, out: width)
    }

    /// [B, L, width] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        var x = attention1(norm1(x), adding: x)
        x = attention2(norm2(x), adding: x)
        return contraction(gatedGELU(gate(norm3(x))), adding: x)
    }
}

/// Multi-head self-attention with unbiased projections.
struct SelfAttention: Sendable {
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear
    let heads: Int

    init(_ weights: WeightScope, width: Int, heads: Int) throws(CheckpointError) {
        self.heads = heads
        query = try Linear(weights["to_q"], in: width, out: width, bias: false)
        key = try Linear(weights["to_k"], in: width, out: width, bias: false)
        value = try Linear(weights["to_v"], in: width, out: width, bias: false)
        output = try Linear(weights["to_out"][0], in: width, out: width)
    }

    /// [B, L, width] to the same shape.
    func callAsFunction(_ x: Tensor, adding residual: Tensor) -> Tensor {
        output(
            attention(query: query(x), key: key(x), value: value(x), heads: heads, precision: query.precision),
            adding: residual)
    }
}
