/// Two normalised convolutions with a shortcut (diffusers' ResnetBlock2D): the UNet's, which takes the embedding of timestep and
/// condition between them, and the autoencoder's, which has none.
struct ResidualBlock: Sendable {
    let norm1: GroupNorm
    let conv1: Convolution2D
    let embeddingProjection: Linear?
    let norm2: GroupNorm
    let conv2: Convolution2D
    let shortcut: Linear?

    /// - Parameter embedding: the width of the embedding, nil for a block without one.
    init(
        _ weights: WeightScope, in inputs: Int, out outputs: Int, embedding: Int? = nil, groups: Int, epsilon: Float
    ) throws(CheckpointError) {
        norm1 = try GroupNorm(weights["norm1"], channels: inputs, groups: groups, epsilon: epsilon)
        conv1 = try Convolution2D(weights["conv1"], in: inputs, out: outputs, kernel: (3, 3))
        embeddingProjection =
            if let embedding { try Linear(weights["time_emb_proj"], in: embedding, out: outputs) } else { nil }
        norm2 = try GroupNorm(weights["norm2"], channels: outputs, groups: groups, epsilon: epsilon)
        conv2 = try Convolution2D(weights["conv2"], in: outputs, out: outputs, kernel: (3, 3))
        shortcut = if inputs == outputs { nil } else { try Linear(weights["conv_shortcut"], in: inputs, out: outputs) }
    }

    /// - Parameters:
    ///   - x: [B, H, W, inputs]
    ///   - embedding: [B, width], already activated, as every block of a step takes the same.
    /// - Returns: [B, H, W, outputs]
    func callAsFunction(_ x: Tensor, embedding: Tensor? = nil) -> Tensor {
        let shift = embeddingProjection.flatMap { projection in embedding.map { projection($0) } }
        let hidden = conv1(norm1(x, activation: .silu), addingPerChannel: shift)
        return conv2(norm2(hidden, activation: .silu), adding: shortcut.map { $0(x) } ?? x)
    }
}
