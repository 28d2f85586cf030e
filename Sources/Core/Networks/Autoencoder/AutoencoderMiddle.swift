/// The deepest part of encoder and decoder: two residual blocks with a single-head attention over all cells between them.
struct AutoencoderMiddle: Sendable {
    let first: ResidualBlock
    let attention: AutoencoderAttention?
    let second: ResidualBlock

    init(_ weights: WeightScope, channels: Int, groups: Int, attends: Bool) throws(CheckpointError) {
        first = try ResidualBlock(
            weights["resnets"][0], in: channels, out: channels, groups: groups, epsilon: 1e-6)
        attention =
            attends ? try AutoencoderAttention(weights["attentions"][0], channels: channels, groups: groups) : nil
        second = try ResidualBlock(
            weights["resnets"][1], in: channels, out: channels, groups: groups, epsilon: 1e-6)
    }

    /// [B, H, W, C] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let hidden = first(x)
        return second(attention.map { $0(hidden) } ?? hidden)
    }
}

/// Self-attention of one head, with its own normalisation and shortcut.
struct AutoencoderAttention: Sendable {
    let norm: GroupNorm
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear

    init(_ weights: WeightScope, channels: Int, groups: Int) throws(CheckpointError) {
        // Files of before 2023 name the projections query, key, value and proj_attn.
        let isOld = weights["query"].contains("weight")
        func projection(_ name: WeightScope, _ old: String) throws(CheckpointError) -> Linear {
            try Linear(isOld ? weights[old] : name, in: channels, out: channels)
        }
        norm = try GroupNorm(weights["group_norm"], channels: channels, groups: groups, epsilon: 1e-6)
        query = try projection(weights["to_q"], "query")
        key = try projection(weights["to_k"], "key")
        value = try projection(weights["to_v"], "value")
        output = try projection(weights["to_out"][0], "proj_attn")
    }

    /// [B, H, W, C] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (b, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let cells = norm(x).reshaped([b, h * w, c])
        let attended = Core.attention(
            query: query(cells), key: key(cells), value: value(cells), heads: 1, precision: query.precision)
        return output(attended, adding: x.reshaped([b, h * w, c])).reshaped([b, h, w, c])
    }
}
