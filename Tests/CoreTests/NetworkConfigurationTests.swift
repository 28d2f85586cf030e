import Foundation
import Testing

@testable import Core

/// A configuration that asks for what is not there must say so, with its file and key.
@Suite struct NetworkConfigurationTests {
    /// The fixture's configuration with some keys changed (nil removes a key).
    private func message<T: Decodable>(_ type: T.Type, _ fixture: String, _ changes: [String: Any?]) throws -> String {
        let file = NetworkFixture(fixture).folder.appending(path: "config.json")
        var object = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        for (key, value) in changes { object[key] = value }
        let data = try JSONSerialization.data(withJSONObject: object)
        let value = try JSONFile.parse([UInt8](data), name: "config.json")
        do {
            _ = try T(from: JSONDecoding(value: value, file: "config.json", codingPath: []))
            return "accepted"
        } catch let error as CheckpointError {
            return error.description
        }
    }

    private func unet(_ changes: [String: Any?]) throws -> String {
        try message(UNetConfiguration.self, "unet", changes)
    }

    @Test func unknownKindsAreNamed() throws {
        #expect(
            try unet(["down_block_types": ["DownBlock2D", "AttnDownBlock2D", "DownBlock2D"]]).hasPrefix(
                "config.json: down_block_types: expected 3 times one of DownBlock2D, CrossAttnDownBlock2D, found "))
        #expect(
            try unet(["class_embed_type": "timestep"])
                == "config.json: class_embed_type: expected one of simple_projection, none, found \"timestep\"")
        #expect(
            try unet(["resnet_time_scale_shift": "scale_shift"])
                == "config.json: resnet_time_scale_shift: expected default, the only kind that is supported, "
                + "found \"scale_shift\"")
        #expect(try unet(["addition_embed_type": "text"]).contains("addition_embed_type: expected null"))
        #expect(
            try message(TextEncoderConfiguration.self, "text-encoder", ["hidden_act": "mish"])
                .hasPrefix("config.json: hidden_act: expected one of relu, gelu"))
        #expect(
            try message(VocoderConfiguration.self, "vocos", ["architectures": ["BigVGAN"]])
                == #"config.json: architectures: expected 1 times one of SpeechT5HifiGan, Vocos, found ["BigVGAN"]"#)
    }

    @Test func missingAndImpossibleSizesAreNamed() throws {
        #expect(try unet(["in_channels": nil]) == "config.json: in_channels: expected a value, found no such key")
        #expect(try unet(["layers_per_block": [1, 2]]).contains("layers_per_block: expected a list of 3 numbers"))
        #expect(try unet(["layers_per_block": 0]).contains("layers_per_block: expected a whole number of at least 1"))
        #expect(try unet(["block_out_channels": [8, 9, 16]]).contains("block_out_channels: expected even numbers"))
        #expect(
            try unet(["attention_head_dim": 32]).contains("attention_head_dim: expected no more heads than channels"))
        #expect(
            try message(AutoencoderConfiguration.self, "autoencoder", ["norm_num_groups": 3])
                .contains("block_out_channels: expected multiples of norm_num_groups (3)"))
        #expect(
            try message(HifiGanConfiguration.self, "hifi-gan", ["upsample_kernel_sizes": [16]])
                .contains("upsample_kernel_sizes: expected a list of 2 numbers"))
        #expect(
            try message(AudioEncoderConfiguration.self, "audio-encoder", ["window_size": 9])
                .contains("window_size: expected at most the side of the last stage (8 patches)"))
    }

    @Test func keysThatOlderFilesLackHaveTheReferencesValues() throws {
        let later = [
            "num_attention_heads", "transformer_layers_per_block", "mid_block_type", "conv_in_kernel", "attention_type",
        ]
        #expect(try unet(Dictionary(uniqueKeysWithValues: later.map { ($0, nil) })) == "accepted")
    }
}
