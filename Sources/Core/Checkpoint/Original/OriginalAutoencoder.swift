/// The autoencoder of an original checkpoint (haoheliu/AudioLDM, `variational_autoencoder/modules.py`).
enum OriginalAutoencoder {
    private static let shortcut: KeyValuePairs = ["nin_shortcut": "conv_shortcut"]

    /// - Parameter scale: the file's `scale_factor`.
    static func part(_ tensors: OriginalTensors, scale: Float) throws(CheckpointError) -> OriginalPart {
        var tensors = tensors
        let latent = try tensors.size("post_quant_conv.weight", axis: 0, of: 4...4)
        let levels = tensors.count { "encoder.down.\($0)" }
        let layers = tensors.count { "encoder.down.0.block.\($0)" }
        var channels: [Int] = []
        for level in 0..<levels {
            channels.append(try tensors.size("encoder.down.\(level).block.0.conv1.weight", axis: 0, of: 4...4))
        }
        guard levels > 0, layers > 0 else { throw tensors.lacking("encoder.down.0.block.0.conv1.weight") }

        for level in 0..<levels {
            for layer in 0..<layers {
                tensors.rename(
                    "encoder.down.\(level).block.\(layer)", to: "encoder.down_blocks.\(level).resnets.\(layer)",
                    shortcut)
            }
            tensors.rename(
                "encoder.down.\(level).downsample.conv", to: "encoder.down_blocks.\(level).downsamplers.0.conv")
            // The original counts the levels of the way up from the one at full resolution.
            let block = "decoder.up_blocks.\(levels - 1 - level)"
            for layer in 0...layers {
                tensors.rename("decoder.up.\(level).block.\(layer)", to: "\(block).resnets.\(layer)", shortcut)
            }
            tensors.rename("decoder.up.\(level).upsample.conv", to: "\(block).upsamplers.0.conv")
        }
        for side in ["encoder", "decoder"] {
            tensors.rename("\(side).conv_in", to: "\(side).conv_in")
            tensors.rename("\(side).conv_out", to: "\(side).conv_out")
            tensors.rename("\(side).norm_out", to: "\(side).conv_norm_out")
            tensors.rename("\(side).mid.block_1", to: "\(side).mid_block.resnets.0", shortcut)
            tensors.rename("\(side).mid.block_2", to: "\(side).mid_block.resnets.1", shortcut)
            let (old, new) = ("\(side).mid.attn_1", "\(side).mid_block.attentions.0")
            tensors.rename("\(old).norm", to: "\(new).group_norm")
            for (part, name) in [("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")] {
                tensors.take("\(old).\(part).weight", as: "\(new).\(name).weight", \.asMatrix)
                tensors.take("\(old).\(part).bias", as: "\(new).\(name).bias", \.self)
            }
        }
        tensors.rename("quant_conv", to: "quant_conv")
        tensors.rename("post_quant_conv", to: "post_quant_conv")
        try tensors.requireNothingLeft(below: "encoder", "decoder")

        return OriginalPart(
            configuration: .object([
                "_class_name": .text("AutoencoderKL"), "act_fn": .text("silu"), "block_out_channels": .sizes(channels),
                "down_block_types": .words(channels.map { _ in "DownEncoderBlock2D" }), "in_channels": .integer(1),
                "latent_channels": .integer(latent), "layers_per_block": .integer(layers),
                "norm_num_groups": .integer(32), "out_channels": .integer(1), "sample_size": .integer(1024),
                "scaling_factor": .number(Double(scale)),
                "up_block_types": .words(channels.map { _ in "UpDecoderBlock2D" }),
            ]), tensors)
    }
}
