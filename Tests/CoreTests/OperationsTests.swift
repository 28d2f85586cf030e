import Foundation
import Testing

@testable import Core

/// The counts at AudioLDM-S size for 10.24 s, held against what a profiler counts for the same networks in PyTorch, and
/// the attentions' products, which it leaves out.
@Suite struct OperationsTests {
    private static func decoded<T: Decodable>(_ json: String) throws -> T {
        try JSONDecoder().decode(T.self, from: Data(json.utf8))
    }

    private static let unet = """
        {"in_channels": 8, "out_channels": 8, "sample_size": 128, "block_out_channels": [128, 256, 384, 640],
         "layers_per_block": 2, "attention_head_dim": 8, "norm_num_groups": 32, "norm_eps": 1e-5, "flip_sin_to_cos": true,
         "freq_shift": 0, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
         "CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D",
         "UpBlock2D"], "mid_block_type": "UNetMidBlock2DCrossAttn", "class_embed_type": "simple_projection",
         "class_embeddings_concat": true, "projection_class_embeddings_input_dim": 512, "downsample_padding": 1,
         "conv_in_kernel": 3, "conv_out_kernel": 3, "act_fn": "silu"}
        """

    private static let autoencoder = """
        {"in_channels": 1, "out_channels": 1, "latent_channels": 8, "block_out_channels": [128, 256, 512],
         "layers_per_block": 2, "norm_num_groups": 32, "scaling_factor": 0.92, "act_fn": "silu",
         "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
         "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]}
        """

    private static let vocoder = """
        {"architectures": ["SpeechT5HifiGan"], "model_in_dim": 64, "sampling_rate": 16000, "upsample_initial_channel": 1024,
         "upsample_rates": [5, 4, 2, 2, 2], "upsample_kernel_sizes": [16, 16, 8, 4, 4], "resblock_kernel_sizes": [3, 7, 11],
         "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]], "leaky_relu_slope": 0.1, "normalize_before": false}
        """

    private func isNear(_ operations: Operations, _ billions: Double) -> Bool {
        abs(operations.count / 1e9 - billions) < 0.01 * billions
    }

    @Test func unetStep() throws {
        let configuration: UNetConfiguration = try Self.decoded(Self.unet)
        let step = configuration.operations(batch: 2, frames: 256, bins: 16)
        #expect(isNear(step, 183 + 23.7), "\(step.count / 1e9)")
        let half = configuration.operations(batch: 1, frames: 256, bins: 16)
        #expect(isNear(half, step.count / 2e9))
    }

    @Test func autoencoder() throws {
        let configuration: AutoencoderConfiguration = try Self.decoded(Self.autoencoder)
        let encoding = configuration.encodingOperations(frames: 1024, bins: 64)
        let decoding = configuration.decodingOperations(frames: 1024, bins: 64)
        #expect(isNear(encoding, 311 + 34.4), "\(encoding.count / 1e9)")
        #expect(isNear(decoding, 636 + 34.4), "\(decoding.count / 1e9)")
    }

    @Test func vocoder() throws {
        let configuration: VocoderConfiguration = try Self.decoded(Self.vocoder)
        let operations = configuration.operations(frames: 1024)
        #expect(isNear(operations, 1027), "\(operations.count / 1e9)")
    }
}
