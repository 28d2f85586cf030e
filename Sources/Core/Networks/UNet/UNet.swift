/// The denoising network of a latent diffusion model: diffusers' UNet2DConditionModel as AudioLDM uses it (arXiv 2301.12503), with the
/// prompt's embedding as a class embedding and without a text sequence to attend to.
public struct UNet: Sendable {
    let configuration: UNetConfiguration
    private let input: Convolution2D
    private let timeEmbedding: TimestepEmbedding
    private let conditionEmbedding: Linear?
    private let downBlocks: [UNetDownBlock]
    private let middleBlock: UNetMiddleBlock?
    private let upBlocks: [UNetUpBlock]
    private let outputNorm: GroupNorm
    private let output: Convolution2D

    /// - Parameter headRule: where the number of attention heads comes from.
    init(
        _ weights: WeightScope, _ configuration: UNetConfiguration, headRule: HeadRule = .config
    ) throws(CheckpointError) {
        self.configuration = configuration
        let levels = configuration.levels
        let base = levels[0].channels
        let embedding = 4 * base
        var options = UNetBlockOptions(
            embedding: embedding, groups: configuration.normGroups, epsilon: configuration.normEpsilon)

        // What sees and makes the latent itself is exact at any precision, and so is the time.
        input = try Precision.float32.packing { () throws(CheckpointError) in
            try Convolution2D(
                weights["conv_in"], in: configuration.inputChannels, out: base,
                kernel: (configuration.inputKernel, configuration.inputKernel))
        }
        timeEmbedding = try Precision.float32.packing { () throws(CheckpointError) in
            try TimestepEmbedding(weights["time_embedding"], configuration, out: embedding)
        }
        switch configuration.condition {
        case .none:
            conditionEmbedding = nil
        case .added(let width):
            conditionEmbedding = try Linear(weights["class_embedding"], in: width, out: embedding)
        case .concatenated(let width):
            conditionEmbedding = try Linear(weights["class_embedding"], in: width, out: embedding)
            options = UNetBlockOptions(embedding: 2 * embedding, groups: options.groups, epsilon: options.epsilon)
        }

        func attention(_ level: UNetConfiguration.Level) -> UNetAttention {
            UNetAttention(heads: headRule.heads(of: level, base: base), layers: level.transformerLayers)
        }
        var downBlocks: [UNetDownBlock] = []
        for (index, level) in levels.enumerated() {
            downBlocks.append(
                try UNetDownBlock(
                    weights["down_blocks"][index], in: levels[max(index - 1, 0)].channels, out: level.channels,
                    layers: level.layers, attention: level.attendsDown ? attention(level) : nil,
                    downsamplePadding: index == levels.count - 1 ? nil : configuration.downsamplePadding,
                    options.level(index, of: levels.count)))
        }
        self.downBlocks = downBlocks

        let deepest = levels[levels.count - 1]
        middleBlock =
            switch configuration.middle {
            case .none: nil
            case .plain: try UNetMiddleBlock(weights["mid_block"], channels: deepest.channels, attention: nil, options)
            case .attending:
                try UNetMiddleBlock(
                    weights["mid_block"], channels: deepest.channels, attention: attention(deepest), options)
            }

        var upBlocks: [UNetUpBlock] = []
        for (index, level) in levels.enumerated().reversed() {
            upBlocks.append(
                try UNetUpBlock(
                    weights["up_blocks"][levels.count - 1 - index],
                    previous: levels[min(index + 1, levels.count - 1)].channels,
                    skipped: levels[max(index - 1, 0)].channels, out: level.channels, layers: level.layers + 1,
                    attention: level.attendsUp ? attention(level) : nil, upsamples: index > 0,
                    options.level(index, of: levels.count)))
        }
        self.upBlocks = upBlocks

        outputNorm = try GroupNorm(
            weights["conv_norm_out"], channels: base, groups: configuration.normGroups,
            epsilon: configuration.normEpsilon)
        output = try Precision.float32.packing { () throws(CheckpointError) in
            try Convolution2D(
                weights["conv_out"], in: base, out: configuration.outputChannels,
                kernel: (configuration.outputKernel, configuration.outputKernel))
        }
    }

    /// Predicts noise or velocity, as the model was trained, at one timestep.
    /// - Parameters:
    ///   - latent: the noisy latent, [B, T, F, channels], of any length and height.
    ///   - timestep: a timestep of the training's noise schedule, the same for the whole batch.
    ///   - condition: the prompt's embedding, [B, width], for models that have a condition.
    /// - Returns: the prediction, [B, T, F, channels].
    public func callAsFunction(_ latent: Tensor, timestep: Float, condition: Tensor? = nil) -> Tensor {
        // 1. Time and condition.
        let embedding = embedding(timestep, condition, batch: latent.shape[0])

        // 2. Down, keeping every state.
        var skips = [input(latent)]
        for block in downBlocks { skips += block(skips[skips.count - 1], embedding: embedding) }

        // 3. Middle.
        var hidden = skips[skips.count - 1]
        if let middleBlock { hidden = middleBlock(hidden, embedding: embedding) }

        // 4. Up. The size of the next level's skips is twice this level's, or one less where the way down met an odd size.
        for block in upBlocks {
            let next =
                skips.count > block.layers.count ? skips[skips.count - block.layers.count - 1].shape : hidden.shape
            hidden = block(hidden, skips: &skips, embedding: embedding, to: (next[1], next[2]))
        }

        // 5. Out.
        return output(outputNorm(hidden, activation: .silu))
    }

    /// The activated embedding [B, width] that every residual block takes.
    private func embedding(_ timestep: Float, _ condition: Tensor?, batch: Int) -> Tensor {
        let time = Tensor.concatenated(Array(repeating: timeEmbedding(timestep), count: batch), axis: 0)
        guard let conditionEmbedding else { return Activation.silu(time) }
        guard let condition else { preconditionFailure("this UNet needs a condition") }
        let projected = conditionEmbedding(condition)
        return switch configuration.condition {
        case .concatenated: Activation.silu(Tensor.concatenated([time, projected], axis: 1))
        default: Activation.silu(time + projected)
        }
    }
}
