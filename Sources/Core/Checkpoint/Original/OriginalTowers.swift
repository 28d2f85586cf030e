internal import Foundation

/// The towers of CLAP in an original checkpoint (haoheliu/AudioLDM, `clap/open_clip/model.py` and `htsat.py`).
enum OriginalTowers {
    /// RoBERTa with its projection.
    static func text(_ tensors: OriginalTensors) throws(CheckpointError) -> OriginalPart {
        var tensors = tensors
        let words = try tensors.size("text_branch.embeddings.word_embeddings.weight", axis: 0, of: 2...2)
        let width = try tensors.size("text_branch.embeddings.word_embeddings.weight", axis: 1, of: 2...2)
        let positions = try tensors.size("text_branch.embeddings.position_embeddings.weight", axis: 0, of: 2...2)
        let types = try tensors.size("text_branch.embeddings.token_type_embeddings.weight", axis: 0, of: 2...2)
        let layers = tensors.count { "text_branch.encoder.layer.\($0)" }
        let hidden = try tensors.size("text_branch.encoder.layer.0.intermediate.dense.weight", axis: 0, of: 2...2)
        let embedding = try tensors.size("text_projection.2.weight", axis: 0, of: 2...2)

        // Counters, which are no weights.
        tensors.passOver {
            $0 == "text_branch.embeddings.position_ids" || $0 == "text_branch.embeddings.token_type_ids"
        }
        tensors.rename("text_branch", to: "text_model")
        rename("text_projection", &tensors)
        return OriginalPart(
            configuration: .object([
                "architectures": .words(["ClapTextModelWithProjection"]), "model_type": .text("clap_text_model"),
                "hidden_act": .text("gelu"), "hidden_size": .integer(width), "intermediate_size": .integer(hidden),
                "layer_norm_eps": .number(1e-12), "max_position_embeddings": .integer(positions),
                // RoBERTa's heads are of 64 numbers in every size.
                "num_attention_heads": .integer(max(1, width / 64)), "num_hidden_layers": .integer(layers),
                "pad_token_id": .integer(1), "bos_token_id": .integer(0), "eos_token_id": .integer(2),
                "position_embedding_type": .text("absolute"), "projection_dim": .integer(embedding),
                "projection_hidden_act": .text("relu"), "type_vocab_size": .integer(types),
                "vocab_size": .integer(words),
            ]), tensors)
    }

    /// HTSAT, of any size, with its projection.
    static func audio(_ tensors: OriginalTensors) throws(CheckpointError) -> OriginalPart {
        var tensors = tensors
        let branch = "audio_branch"
        if tensors.has("\(branch).patch_embed.mel_conv2d.weight") {
            throw .notAModel(
                path: tensors.path, reason: "its audio tower fuses several stretches of a sound, which is not supported"
            )
        }
        let bins = try tensors.size("\(branch).bn0.weight", axis: 0, of: 1...1)
        let first = try tensors.size("\(branch).patch_embed.proj.weight", axis: 0, of: 4...4)
        let patch = try tensors.size("\(branch).patch_embed.proj.weight", axis: 3, of: 4...4)
        let embedding = try tensors.size("audio_projection.2.weight", axis: 0, of: 2...2)
        let stages = tensors.count { "\(branch).layers.\($0)" }
        guard stages > 0 else { throw tensors.lacking("\(branch).layers.0.blocks.0.norm1.weight") }
        var (depths, heads): ([Int], [Int]) = ([], [])
        var window = 0
        for stage in 0..<stages {
            let block = "\(branch).layers.\(stage).blocks.0"
            depths.append(tensors.count { "\(branch).layers.\(stage).blocks.\($0)" })
            heads.append(try tensors.size("\(block).attn.relative_position_bias_table", axis: 1, of: 2...2))
            // (2 w - 1)^2 relative positions in a window of w x w.
            let positions = try tensors.size("\(block).attn.relative_position_bias_table", axis: 0, of: 2...2)
            if stage == 0 { window = (Int(Double(positions).squareRoot().rounded()) + 1) / 2 }
        }
        // A mask for each window of the shifted blocks tells how many windows lie beside each other.
        let mask = "\(branch).layers.0.blocks.1.attn_mask"
        let windows = tensors.has(mask) ? try tensors.size(mask, axis: 0, of: 3...3) : 64
        let side = Int(Double(windows).squareRoot().rounded()) * window * patch

        rename(branch, stages: depths, &tensors)
        rename("audio_projection", &tensors)
        try tensors.requireNothingLeft(below: branch)
        return OriginalPart(
            configuration: .object([
                "architectures": .words(["ClapAudioModelWithProjection"]), "model_type": .text("clap_audio_model"),
                "depths": .sizes(depths), "enable_fusion": .boolean(false), "enable_patch_layer_norm": .boolean(true),
                "flatten_patch_embeds": .boolean(true), "hidden_act": .text("gelu"),
                "hidden_size": .integer(first << (stages - 1)), "layer_norm_eps": .number(1e-5),
                "mlp_ratio": .number(4), "num_attention_heads": .sizes(heads), "num_hidden_layers": .integer(stages),
                "num_mel_bins": .integer(bins), "patch_embed_input_channels": .integer(1),
                "patch_embeds_hidden_size": .integer(first), "patch_size": .integer(patch),
                "patch_stride": .sizes([patch, patch]), "projection_dim": .integer(embedding),
                "projection_hidden_act": .text("relu"), "qkv_bias": .boolean(true), "spec_size": .integer(side),
                "window_size": .integer(window),
            ]), tensors)
    }

    /// What the audio tower hears, in the words of transformers' `ClapFeatureExtractor` (`model_configs/HTSAT-*.json`).
    static let frontEnd = JSONValue.object([
        "feature_extractor_type": .text("ClapFeatureExtractor"), "feature_size": .integer(64),
        "fft_window_size": .integer(1024), "frequency_max": .integer(14_000), "frequency_min": .integer(50),
        "hop_length": .integer(480), "max_length_s": .integer(10), "padding": .text("repeatpad"),
        "sampling_rate": .integer(48_000), "truncation": .text("rand_trunc"),
    ])

    private static func rename(_ branch: String, stages depths: [Int], _ tensors: inout OriginalTensors) {
        let encoder = "audio_model.audio_encoder"
        // What makes its spectrogram, what names classes, counters and masks.
        tensors.passOver { name in
            ["spectrogram_extractor", "logmel_extractor", "spec_augmenter", "tscam_conv", "head"]
                .contains { name.hasPrefix("\(branch).\($0).") }
                || ["num_batches_tracked", "relative_position_index", "attn_mask"].contains { name.hasSuffix(".\($0)") }
        }
        for (stage, depth) in depths.enumerated() {
            for block in 0..<depth {
                let (old, new) = (
                    "\(branch).layers.\(stage).blocks.\(block)", "\(encoder).layers.\(stage).blocks.\(block)"
                )
                for kind in ["weight", "bias"] {
                    for (index, name) in ["query", "key", "value"].enumerated() {
                        tensors.take("\(old).attn.qkv.\(kind)", as: "\(new).attention.self.\(name).\(kind)") {
                            $0.part(index, of: 3)
                        }
                    }
                }
                tensors.take(
                    "\(old).attn.relative_position_bias_table",
                    as: "\(new).attention.self.relative_position_bias_table", \.self)
                for (part, name) in [
                    ("norm1", "layernorm_before"), ("attn.proj", "attention.output.dense"),
                    ("norm2", "layernorm_after"),
                    ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"),
                ] { tensors.rename("\(old).\(part)", to: "\(new).\(name)") }
            }
            tensors.rename("\(branch).layers.\(stage).downsample", to: "\(encoder).layers.\(stage).downsample")
        }
        tensors.rename("\(branch).bn0", to: "\(encoder).batch_norm")
        for name in ["patch_embed", "norm"] { tensors.rename("\(branch).\(name)", to: "\(encoder).\(name)") }
    }

    private static func rename(_ projection: String, _ tensors: inout OriginalTensors) {
        tensors.rename("\(projection).0", to: "\(projection).linear1")
        tensors.rename("\(projection).2", to: "\(projection).linear2")
    }
}
