/// Latent to mel.
struct AutoencoderDecoder: Sendable {
    let input: Convolution2D
    let middle: AutoencoderMiddle
    let levels: [Level]
    let outputNorm: GroupNorm
    let output: Convolution2D

    struct Level: Sendable {
        let blocks: [ResidualBlock]
        let upsampling: Upsampling?
    }

    init(_ weights: WeightScope, _ configuration: AutoencoderConfiguration) throws(CheckpointError) {
        let groups = configuration.normGroups
        let channels = Array(configuration.channels.reversed())
        input = try Convolution2D(
            weights["conv_in"], in: configuration.latentChannels, out: channels[0], kernel: (3, 3))
        middle = try AutoencoderMiddle(
            weights["mid_block"], channels: channels[0], groups: groups, attends: configuration.attends)
        var levels: [Level] = []
        for (index, width) in channels.enumerated() {
            let level = weights["up_blocks"][index]
            var blocks: [ResidualBlock] = []
            for layer in 0...configuration.layers {
                blocks.append(
                    try ResidualBlock(
                        level["resnets"][layer], in: layer == 0 ? channels[max(index - 1, 0)] : width, out: width,
                        groups: groups, epsilon: 1e-6))
            }
            let isLast = index == channels.count - 1
            levels.append(
                Level(
                    blocks: blocks, upsampling: isLast ? nil : try Upsampling(level["upsamplers"][0], channels: width)))
        }
        self.levels = levels
        let last = channels[channels.count - 1]
        outputNorm = try GroupNorm(weights["conv_norm_out"], channels: last, groups: groups, epsilon: 1e-6)
        output = try Convolution2D(weights["conv_out"], in: last, out: 1, kernel: (3, 3))
    }

    /// [B, T, F, latent channels] to [B, T * factor, F * factor, 1].
    func callAsFunction(_ latent: Tensor) -> Tensor {
        var hidden = middle(input(latent))
        for level in levels {
            for block in level.blocks { hidden = block(hidden) }
            if let upsampling = level.upsampling { hidden = upsampling(hidden) }
        }
        return output(outputNorm(hidden, activation: .silu))
    }
}
