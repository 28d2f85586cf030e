/// Mel to the parameters of the latent's distribution.
struct AutoencoderEncoder: Sendable {
    let input: Convolution2D
    let levels: [Level]
    let middle: AutoencoderMiddle
    let outputNorm: GroupNorm
    let output: Convolution2D

    struct Level: Sendable {
        let blocks: [ResidualBlock]
        let downsampling: Downsampling?
    }

    init(_ weights: WeightScope, _ configuration: AutoencoderConfiguration) throws(CheckpointError) {
        let (channels, groups) = (configuration.channels, configuration.normGroups)
        input = try Convolution2D(weights["conv_in"], in: 1, out: channels[0], kernel: (3, 3))
        var levels: [Level] = []
        for (index, width) in channels.enumerated() {
            let level = weights["down_blocks"][index]
            var blocks: [ResidualBlock] = []
            for layer in 0..<configuration.layers {
                blocks.append(
                    try ResidualBlock(
                        level["resnets"][layer], in: layer == 0 ? channels[max(index - 1, 0)] : width, out: width,
                        groups: groups, epsilon: 1e-6))
            }
            let isLast = index == channels.count - 1
            levels.append(
                Level(
                    blocks: blocks,
                    downsampling: isLast ? nil : try Downsampling(level["downsamplers"][0], channels: width, padding: 0)
                ))
        }
        self.levels = levels
        let deepest = channels[channels.count - 1]
        middle = try AutoencoderMiddle(
            weights["mid_block"], channels: deepest, groups: groups, attends: configuration.attends)
        outputNorm = try GroupNorm(weights["conv_norm_out"], channels: deepest, groups: groups, epsilon: 1e-6)
        output = try Convolution2D(
            weights["conv_out"], in: deepest, out: 2 * configuration.latentChannels, kernel: (3, 3))
    }

    /// [B, T, F, 1] to [B, T / factor, F / factor, 2 * latent channels]: means, then logarithms of variances.
    func callAsFunction(_ mel: Tensor) -> Tensor {
        var hidden = input(mel)
        for level in levels {
            for block in level.blocks { hidden = block(hidden) }
            if let downsampling = level.downsampling { hidden = downsampling(hidden) }
        }
        return output(outputNorm(middle(hidden), activation: .silu))
    }
}
