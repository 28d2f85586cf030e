/// The UNet of an original checkpoint (haoheliu/AudioLDM, `latent_diffusion/openaimodel.py`).
///
/// The names' counterparts are those of diffusers' `scripts/convert_original_audioldm_to_diffusers.py`.
enum OriginalUNet {
    private static let residualNames: KeyValuePairs = [
        "in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj", "out_layers.0": "norm2",
        "out_layers.3": "conv2", "skip_connection": "conv_shortcut",
    ]

    /// A level, as the way down or the way up has it.
    private struct Level {
        var channels = 0
        var layers = 0
        var attends = false
    }

    static func part(_ tensors: OriginalTensors) throws(CheckpointError) -> OriginalPart {
        var tensors = tensors
        let base = try tensors.size("time_embed.0.weight", axis: 1, of: 2...2)
        let embedding = try tensors.size("time_embed.0.weight", axis: 0, of: 2...2)
        let condition = try tensors.size("film_emb.weight", axis: 1, of: 2...2)
        let width = try tensors.size("input_blocks.1.0.emb_layers.1.weight", axis: 1, of: 2...2)
        let inputs = try tensors.size("input_blocks.0.0.weight", axis: 1, of: 4...4)
        let outputs = try tensors.size("out.2.weight", axis: 0, of: 4...4)

        let down = try wayDown(&tensors)
        let up = try wayUp(&tensors, layers: down[0].layers + 1)
        guard down.allSatisfy({ $0.layers == down[0].layers }), up.count == down.count,
            tensors.has("middle_block.1.norm.weight")
        else {
            throw .notAModel(
                path: tensors.path,
                reason: "its UNet has other blocks than AudioLDM's: as many residual blocks on every level expected")
        }
        for (old, new) in [("middle_block.0", "mid_block.resnets.0"), ("middle_block.2", "mid_block.resnets.1")] {
            tensors.rename(old, to: new, residualNames)
        }
        for (old, new) in [
            ("middle_block.1", "mid_block.attentions.0"), ("time_embed.0", "time_embedding.linear_1"),
            ("time_embed.2", "time_embedding.linear_2"), ("film_emb", "class_embedding"),
            ("input_blocks.0.0", "conv_in"), ("out.0", "conv_norm_out"), ("out.2", "conv_out"),
        ] { tensors.rename(old, to: new) }
        try tensors.requireNothingLeft()

        let channels = down.map(\.channels)
        return OriginalPart(
            configuration: .object([
                "_class_name": .text("UNet2DConditionModel"), "act_fn": .text("silu"),
                // diffusers takes this for the number of heads, whatever its name says.
                "attention_head_dim": .sizes(channels.map { HeadRule.trainedHeads(channels: $0, base: base) }),
                "block_out_channels": .sizes(channels), "class_embed_type": .text("simple_projection"),
                "class_embeddings_concat": .boolean(width == 2 * embedding), "cross_attention_dim": .sizes(channels),
                "down_block_types": .words(down.map { $0.attends ? "CrossAttnDownBlock2D" : "DownBlock2D" }),
                "downsample_padding": .integer(1), "flip_sin_to_cos": .boolean(true), "freq_shift": .integer(0),
                "in_channels": .integer(inputs), "layers_per_block": .integer(down[0].layers),
                "mid_block_type": .text("UNetMidBlock2DCrossAttn"), "norm_eps": .number(1e-5),
                "norm_num_groups": .integer(32), "out_channels": .integer(outputs),
                "projection_class_embeddings_input_dim": .integer(condition),
                // The latent frames of 10.24 s, on which it was trained.
                "sample_size": .integer(256),
                "up_block_types": .words(up.map { $0.attends ? "CrossAttnUpBlock2D" : "UpBlock2D" }),
            ]), tensors)
    }

    /// `input_blocks`: each a residual block, with a transformer behind it perhaps, or what halves the level.
    private static func wayDown(_ tensors: inout OriginalTensors) throws(CheckpointError) -> [Level] {
        var levels = [Level()]
        for number in 1... {
            let (block, level) = ("input_blocks.\(number)", levels.count - 1)
            if tensors.has("\(block).0.op.weight") {
                tensors.rename("\(block).0.op", to: "down_blocks.\(level).downsamplers.0.conv")
                levels.append(Level())
            } else if tensors.has("\(block).0.in_layers.2.weight") {
                levels[level].channels = try tensors.size("\(block).0.in_layers.2.weight", axis: 0, of: 4...4)
                let layer = levels[level].layers
                tensors.rename("\(block).0", to: "down_blocks.\(level).resnets.\(layer)", residualNames)
                if tensors.has("\(block).1.norm.weight") {
                    levels[level].attends = true
                    tensors.rename("\(block).1", to: "down_blocks.\(level).attentions.\(layer)")
                }
                levels[level].layers += 1
            } else {
                break
            }
        }
        return levels
    }

    /// `output_blocks`: each a residual block, a transformer perhaps, and on a level's last one what doubles it.
    private static func wayUp(_ tensors: inout OriginalTensors, layers: Int) throws(CheckpointError) -> [Level] {
        var levels: [Level] = []
        for number in 0... {
            let (block, level, layer) = ("output_blocks.\(number)", number / layers, number % layers)
            guard tensors.has("\(block).0.in_layers.2.weight") else { break }
            if layer == 0 { levels.append(Level()) }
            levels[level].layers += 1
            tensors.rename("\(block).0", to: "up_blocks.\(level).resnets.\(layer)", residualNames)
            if tensors.has("\(block).1.norm.weight") {
                levels[level].attends = true
                tensors.rename("\(block).1", to: "up_blocks.\(level).attentions.\(layer)")
            }
            for place in 1...2 where tensors.has("\(block).\(place).conv.weight") {
                tensors.rename("\(block).\(place).conv", to: "up_blocks.\(level).upsamplers.0.conv")
            }
        }
        return levels
    }
}
