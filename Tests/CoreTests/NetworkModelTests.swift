import Foundation
import Testing

@testable import Core

@Suite struct NetworkModelTests {
    private static let folder = NetworkFixture("pipeline").folder

    /// A copy of the tiny model that a test may spoil.
    private func spoiled(_ spoil: (URL) throws -> Void) throws -> String {
        let copy = FileManager.default.temporaryDirectory.appending(path: "model-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: Self.folder, to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        try spoil(copy)
        do {
            let model = try Model(at: copy)
            _ = try (model.tokenizer(), model.textEncoder(), model.unet(), model.autoencoder(), model.vocoder())
            return "accepted"
        } catch {
            return "\(error)".replacing(copy.path(percentEncoded: false), with: "MODEL")
        }
    }

    private func replace(_ old: String, _ new: String, in path: String) -> (URL) throws -> Void {
        { folder in
            let file = folder.appending(path: path)
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(text.contains(old))
            try text.replacing(old, with: new).write(to: file, atomically: true, encoding: .utf8)
        }
    }

    @Test func factsComeFromConfigurationsAndHeaders() throws {
        let facts = try Model(at: Self.folder).facts()
        #expect(facts.samplingRate == 16000)
        #expect(facts.hopSize == 160)
        #expect(facts.melBins == 64)
        #expect(facts.factor == 4)
        #expect(facts.latentChannels == 4)
        #expect(facts.latentBins == 16)
        #expect(facts.nativeSeconds == 0.64)
        #expect(facts.vocoder == "HiFi-GAN")
        #expect(facts.embeddingWidth == 48)
        #expect(facts.maximumTokens == 48)
        #expect(Set(facts.parameters.keys) == [.textEncoder, .unet, .autoencoder, .vocoder])
        let unet = try WeightFile(folder: Self.folder.appending(path: "unet"))
        #expect(facts.parameters[.unet] == unet.root.names.reduce(0) { $0 + unet.root.shape(of: $1)!.reduce(1, *) })
        #expect(facts.totalParameters == facts.parameters.values.reduce(0, +))
    }

    @Test func aNetworkIsLoadedOnceAndGoesWhenOthersNeedItsRoom() throws {
        let model = try Model(at: Self.folder, memoryBudget: .max)
        #expect(try model.audioEncoder() == nil)
        #expect(try model.bandExtension() == nil)
        #expect(model.networks.held.isEmpty)
        _ = try (model.vocoder(), model.unet(), model.vocoder())
        #expect(model.networks.held == [.vocoder, .unet])

        // Room for the unet alone: what was asked for longest ago goes, and comes back the same.
        let size = 4 * (try WeightFile(folder: Self.folder.appending(path: "unet")).parameterCount)
        let narrow = try Model(at: Self.folder, memoryBudget: size)
        let unet = try narrow.unet()
        #expect(narrow.networks.held == [.unet])
        _ = try narrow.autoencoder()
        #expect(narrow.networks.held == [.autoencoder])
        let again = try narrow.unet()
        #expect(narrow.networks.held == [.unet])
        let latent = Tensor.zeros([1, 4, 16, 4])
        let condition = Tensor(repeating: 0.1, shape: [1, 48])
        #expect(unet(latent, timestep: 1, condition: condition) == again(latent, timestep: 1, condition: condition))
    }

    @Test func whoAsksAtOnceGetsOneNetwork() throws {
        let model = try Model(at: Self.folder)
        // An object of the network is the same one for all.
        let weights = Parallel.map(8) { _ in Result { try model.textEncoder().configuration.embeddingWidth } }
        #expect(try weights.allSatisfy { try $0.get() == 48 })
        #expect(model.networks.held == [.textEncoder])
    }

    @Test func whatIsNoModelSaysWhy() throws {
        #expect(throws: CheckpointError.notAModel(path: "/no/such/model", reason: "there is no such folder or file")) {
            try Model(at: URL(filePath: "/no/such/model"))
        }
        #expect(
            try spoiled { try FileManager.default.removeItem(at: $0.appending(path: "vae/config.json")) }
                == "MODEL: not a model: it lacks vae/config.json; download the whole repository of the model")
        #expect(
            try spoiled(replace("ClapTextModelWithProjection", "T5EncoderModel", in: "model_index.json"))
                == "MODEL: not a model: its text_encoder is a T5EncoderModel, expected ClapTextModelWithProjection: "
                + "only AudioLDM models are supported")
    }

    @Test func partsThatDoNotFitAreNamed() throws {
        #expect(
            try spoiled(replace(#""latent_channels": 4"#, #""latent_channels": 8"#, in: "vae/config.json"))
                == "MODEL/unet/config.json: in_channels: expected 8, as the vae's latent_channels, found 4")
        #expect(
            try spoiled(replace(#""sampling_rate": 16000"#, #""sampling_rate": 22050"#, in: "vocoder/config.json"))
                .hasPrefix("MODEL/vocoder/config.json: sampling_rate: expected 16000"))
        #expect(
            try spoiled(replace(#""vocab_size": 320"#, #""vocab_size": 300"#, in: "text_encoder/config.json"))
                == "MODEL/tokenizer/vocab.json: token numbers: expected below 300, the text encoder's vocab_size, found 319"
        )
        #expect(
            try spoiled { model in
                let encoder = NetworkFixture("audio-encoder").folder.appending(path: "config.json")
                let folder = model.appending(path: "audio_encoder")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
                try String(contentsOf: encoder, encoding: .utf8)
                    .replacing(#""num_mel_bins": 16"#, with: #""num_mel_bins": 128"#)
                    .replacing(#""spec_size": 64"#, with: #""spec_size": 128"#)
                    .replacing(#""projection_dim": 12"#, with: #""projection_dim": 48"#)
                    .write(to: folder.appending(path: "config.json"), atomically: true, encoding: .utf8)
            }
                == "MODEL/audio_encoder/config.json: num_mel_bins: expected 64, as it hears the front end's first mel bins, found 128"
        )
        #expect(
            try spoiled { model in
                try FileManager.default.copyItem(
                    at: NetworkFixture("band-extension").folder, to: model.appending(path: "band_extension"))
            }
                == "MODEL/band_extension/config.json: feature_size: expected 64, as the front end, found 16")
    }

    @Test func weightsThatDoNotFitAreNamed() throws {
        #expect(
            try spoiled(replace(#""layers_per_block": 1"#, #""layers_per_block": 2"#, in: "unet/config.json"))
                .contains("unet/diffusion_pytorch_model.safetensors: "))
        #expect(
            try spoiled(replace(#""num_hidden_layers": 1"#, #""num_hidden_layers": 2"#, in: "text_encoder/config.json"))
                .contains("text_model.encoder.layer.1"))
        #expect(
            try spoiled { try FileManager.default.removeItem(at: $0.appending(path: "vocoder/model.safetensors")) }
                .hasPrefix("MODEL/vocoder: no weights found"))
    }
}
