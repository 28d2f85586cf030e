import Foundation
import TestSupport
import Testing

@testable import Core

/// An AudioLDM checkpoint in the original's layout (make_original.py), against what diffusers' and transformers' converters make of it.
@Suite struct OriginalCheckpointTests {
    static let file = Fixture.url("original/tiny.ckpt")
    static let tokenizer = NetworkFixture("pipeline").folder.appending(path: "tokenizer")

    private struct Entry: Decodable {
        let shape: [Int]
        let sha256: String
    }

    /// A folder with the file and a vocabulary beside it.
    static func placed(tokenizer isThere: Bool = true) throws -> (TemporaryFolder, URL) {
        let folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(at: folder.file("tiny.ckpt"), withDestinationURL: file)
        if isThere {
            try FileManager.default.createSymbolicLink(at: folder.file("tokenizer"), withDestinationURL: tokenizer)
        }
        return (folder, folder.file("tiny.ckpt"))
    }

    private static func hash(_ tensor: StoredTensor) -> String {
        var hash = ContentHash()
        hash.add(unsafe tensor.load().elements.withUnsafeBytes { unsafe Data($0) })
        return hash.text
    }

    @Test func everyTensorIsTheConverters() throws {
        let checkpoint = try OriginalCheckpoint(Self.file)
        let expected = try JSONFile.load([String: [String: Entry]].self, from: Fixture.url("original/tensors.json"))
        #expect(Set(expected.keys) == Set(checkpoint.parts.keys.map(\.rawValue)))
        for (part, found) in checkpoint.parts {
            let entries = try #require(expected[part.rawValue])
            #expect(Set(found.tensors.keys) == Set(entries.keys), "\(part)")
            let wrong = found.tensors.filter { name, tensor in
                entries[name]?.shape != tensor.shape || entries[name]?.sha256 != Self.hash(tensor)
            }
            #expect(wrong.keys.sorted() == [], "\(part)")
        }
        #expect(checkpoint.isAveraged)
        // The UNet of the last step, the noise schedule, the spectrogram, the classes, counters and masks.
        #expect(checkpoint.passedOver > 100)
    }

    @Test func theNetworksComputeWhatTheConvertedOnesDo() throws {
        let (folder, file) = try Self.placed()
        defer { withExtendedLifetime(folder) {} }
        let model = try Model(at: file)
        let expected = try ExpectedTensors(Fixture.url("original"))
        let unet = try model.unet()
        let noise = try unet(
            expected.image("unet.latent"), timestep: 500, condition: expected["unet.condition"])
        #expect(try mismatch(noise, expected.image("unet.noise"), absolute: 1e-4) == nil)
        let autoencoder = try model.autoencoder()
        let latent = autoencoder.encode(try expected.mel("vae.mel"))
        #expect(try mismatch(latent, expected.image("vae.latent"), absolute: 1e-4) == nil)
        #expect(try mismatch(autoencoder.decode(latent), expected.mel("vae.decoded"), absolute: 1e-4) == nil)
        let textEncoder = try model.textEncoder()
        let text = try textEncoder(expected.integers("text.ids"))
        #expect(try mismatch(text, expected["text.embedding"], absolute: 1e-4) == nil)
        let vocoder = try model.vocoder()
        let samples = vocoder(try expected["vocoder.mel"])
        let wanted = try expected["vocoder.samples"]
        #expect(mismatch(samples.reshaped(wanted.shape), wanted, absolute: 1e-4) == nil)
    }

    @Test func theAudioTowerHearsWhatTransformersFeedsIt() throws {
        let (folder, file) = try Self.placed()
        defer { withExtendedLifetime(folder) {} }
        let model = try Model(at: file)
        let expected = try ExpectedTensors(Fixture.url("original"))
        let frontEnd = try #require(model.towerFrontEnd)
        #expect(frontEnd.samplingRate == 48_000 && frontEnd.window == 480_000 && frontEnd.frames == 1001)
        let mel = frontEnd(try expected["audio.samples"].elements)
        // Every eighth frame.
        let rows = stride(from: 0, to: 1001, by: 8).map { mel.sliced(axis: 1, $0..<$0 + 1) }
        let heard = Tensor.concatenated(rows, axis: 1)
        let wanted = try expected["audio.mel"]
        // In decibels; the lowest are the noise of the arithmetic.
        #expect(mismatch(heard.reshaped(wanted.shape), wanted, absolute: 0.05) == nil)
        let encoder = try #require(try model.audioEncoder())
        let embedding = encoder(mel)
        #expect(try mismatch(embedding, expected["audio.embedding"], absolute: 2e-3) == nil)
    }

    @Test func sizesComeFromShapesAndHeadsFromTheTraining() throws {
        let (folder, file) = try Self.placed()
        defer { withExtendedLifetime(folder) {} }
        let model = try Model(at: file)
        #expect(model.unetConfiguration.levels.map(\.channels) == [32, 64])
        #expect(model.unetConfiguration.levels.map(\.heads) == [1, 2])
        #expect(model.unetConfiguration.levels.map(\.attendsDown) == [false, true])
        #expect(model.unetConfiguration.condition == .concatenated(width: 32))
        #expect(model.unetConfiguration.sampleLength == 256)
        #expect(model.autoencoderConfiguration.scalingFactor == 0.75)
        #expect(model.autoencoderConfiguration.factor == 2)
        #expect(model.frontEnd == .audioLDM)
        #expect(try ModelTraits(of: model) == .audioLDM)
        #expect(try SchedulerConfiguration(of: model).trainingSteps == 1000)
        #expect(try model.facts().parameters[.audioEncoder] ?? 0 > 0)
        #expect(try model.contentHash().count == 64)
    }

    @Test func aVocabularyThatIsMissingIsNamed() throws {
        let (folder, file) = try Self.placed(tokenizer: false)
        defer { withExtendedLifetime(folder) {} }
        #expect(
            throws: CheckpointError.notAModel(
                path: file.relativePath,
                reason:
                    "the vocabulary of its text encoder, RoBERTa's vocab.json and merges.txt, is not in such files: "
                    + "put it into tokenizer/ beside it, or convert it with a tokenizer's folder")
        ) { try Model(at: file) }
        let target = folder.file("made")
        let error = try #require(throws: CheckpointError.self) { try ModelConversion(of: file, to: target) }
        #expect("\(error)".hasSuffix("name a tokenizer's folder, or put it into tokenizer/ beside the file"))
        #expect(throws: CheckpointError.self) { try ModelConversion(of: file, to: target, tokenizer: folder.url) }
        #expect(try folder.contents() == ["tiny.ckpt"])
    }

    @Test func otherFilesAreNoModels() throws {
        func message(_ file: URL) -> String {
            do {
                _ = try Model(at: file)
                return "accepted"
            } catch { return "\(error)".replacing(file.path, with: "FILE") }
        }
        #expect(
            message(Fixture.url("checkpoint/nested.ckpt"))
                == "FILE: not a model: it holds no model.diffusion_model.*, as AudioLDM's original checkpoints do; a model of diffusers' is a folder"
        )
        #expect(message(Fixture.url("signal")).contains("it lacks model_index.json"))
        #expect(
            message(Fixture.url("make_networks.py")).contains("it is a file; a model is a folder with model_index.json")
        )
        #expect(message(URL(filePath: "/no/such.ckpt")).contains("there is no such folder or file"))
        #expect(message(Fixture.url("checkpoint/executing.bin")).contains("the pickle asks for __builtin__.print"))
    }

    /// Names of the same length stand in the pickle in place of others.
    private func spoiled(_ old: String, _ new: String) throws -> String {
        precondition(old.utf8.count == new.utf8.count)
        return try Fixture.withTemporaryFolder { folder in
            var bytes = [UInt8](try Data(contentsOf: Self.file))
            let (before, after) = (Array(old.utf8), Array(new.utf8))
            let places = bytes.indices.filter { bytes[$0] == before[0] && bytes[$0...].starts(with: before) }
            for place in places { bytes.replaceSubrange(place..<place + after.count, with: after) }
            #expect(!places.isEmpty)
            let file = folder.appending(path: "spoiled.ckpt")
            try Data(bytes).write(to: file)
            do {
                _ = try OriginalCheckpoint(file)
                return "accepted"
            } catch { return "\(error)".replacing(file.path(percentEncoded: false), with: "FILE") }
        }
    }

    @Test func whatIsMissingOrMoreIsNamed() throws {
        #expect(
            try spoiled("scale_factor", "scale_fector").hasSuffix("it has no scale_factor, the scale of its latents"))
        #expect(
            try spoiled("model_ema.diffusion_modelout2bias", "model_ema.diffusion_modelout2bios")
                == "FILE: model_ema.diffusion_modelout2bias: is not there, though others of the averaged weights are")
        #expect(
            try spoiled(
                "first_stage_model.encoder.mid.attn_1.norm.bias", "first_stage_model.encoder.mid.attn_1.nurm.bias")
                == "FILE: 1 tensor that config.json does not account for: first_stage_model.encoder.mid.attn_1.nurm.bias"
        )
        #expect(
            try spoiled("text_projection.2.weight", "text_projection.3.weight")
                == "FILE: not a model: it has no tensor cond_stage_model.model.text_projection.2.weight, which AudioLDM's original checkpoints have"
        )
    }

    // MARK: - Conversion

    @Test func aConvertedFolderIsTheSameModel() throws {
        let folder = try TemporaryFolder()
        let target = folder.file("made")
        var shares: [Double] = []
        let made = try ModelConversion(of: Self.file, to: target, tokenizer: Self.tokenizer) { shares.append($0) }
        #expect(Set(made.parts) == [.textEncoder, .audioEncoder, .unet, .autoencoder, .vocoder])
        #expect(made.isAveraged && made.passedOver > 100)
        #expect(shares == shares.sorted() && shares.last == 1)
        #expect(try folder.contents() == ["made"])

        let checkpoint = try OriginalCheckpoint(Self.file)
        for (part, expected) in checkpoint.parts {
            let weights = try WeightFile(folder: target.appending(path: part.rawValue))
            let same = expected.tensors.allSatisfy { name, tensor in
                weights.tensors[name].map { $0.type == tensor.type && Self.hash($0) == Self.hash(tensor) } ?? false
            }
            #expect(same && weights.tensors.count == expected.tensors.count, "\(part)")
        }
        let (beside, file) = try Self.placed()
        defer { withExtendedLifetime(beside) {} }
        let (converted, original) = (try Model(at: target), try Model(at: file))
        #expect(try converted.facts() == original.facts())
        let tensors = try ExpectedTensors(Fixture.url("original"))
        let noises = try [converted, original].map { (model: Model) -> Tensor in
            let unet = try model.unet()
            return try unet(tensors.image("unet.latent"), timestep: 500, condition: tensors["unet.condition"])
        }
        #expect(noises[0] == noises[1])
        let inspection = try ModelInspection(of: target)
        #expect(inspection.isSound && !inspection.isOriginal)
        #expect(inspection.checkedFiles ?? 0 >= 15)
    }

    @Test func aFolderAppearsWholeOrNotAtAll() throws {
        let folder = try TemporaryFolder()
        let taken = folder.file("taken")
        try Data("mine".utf8).write(to: taken)
        let error = try #require(throws: CheckpointError.self) {
            try ModelConversion(of: Self.file, to: taken, tokenizer: Self.tokenizer)
        }
        #expect("\(error)".hasSuffix("cannot be written: there is something of that name already"))
        #expect(throws: CheckpointError.self) {
            try ModelConversion(of: Self.file, to: folder.file("no/such/folder"), tokenizer: Self.tokenizer)
        }
        #expect(throws: CheckpointError.self) {
            try ModelConversion(of: NetworkFixture("pipeline").folder, to: folder.file("x"), tokenizer: Self.tokenizer)
        }
        #expect(try folder.contents() == ["taken"])
        #expect(try String(contentsOf: taken, encoding: .utf8) == "mine")
    }

    // MARK: - Inspection

    @Test func aSoundModelIsFoundSound() throws {
        let (folder, file) = try Self.placed()
        defer { withExtendedLifetime(folder) {} }
        var shares: [Double] = []
        let found = try ModelInspection(of: file) { shares.append($1) }
        #expect(found.isSound && found.isOriginal && found.isAveraged)
        #expect(found.parts.map(\.part) == [.textEncoder, .audioEncoder, .unet, .autoencoder, .vocoder])
        #expect(found.heads == [1, 2] && found.trainedHeads == [1, 2])
        #expect(found.abilities.contains("inpaint by what is around the gap, or by a prompt"))
        #expect(found.needs.map(\.job) == ["generate", "inpaint", "upsample", "restyle"])
        #expect(found.needs.allSatisfy { $0.seconds == 5.12 && $0.bytes > 60 << 20 })
        #expect(shares == shares.sorted() && shares.last == 1)
        let unet = try #require(found.parts.first { $0.part == .unet })
        #expect(unet.types == ["F16": unet.parameters])
        #expect(unet.listing.count == unet.tensors)
        #expect(unet.listing.contains { $0.name == "conv_in.weight" && $0.shape == [32, 4, 3, 3] && $0.type == "F16" })
    }

    @Test func everyKindOfFlawIsFound() throws {
        let folder = try TemporaryFolder()
        let target = folder.file("made")
        _ = try ModelConversion(of: Self.file, to: target, tokenizer: Self.tokenizer)
        func flaws() throws -> [String] {
            let found = try ModelInspection(of: target)
            return found.parts.flatMap { part in part.flaws.map { "\(part.part.rawValue): \($0)" } } + found.flaws
        }
        // 1. A number that is none: the last one of the last tensor.
        let vae = target.appending(path: "vae/diffusion_pytorch_model.safetensors")
        let before = try Data(contentsOf: vae)
        try (before.dropLast(2) + [0x00, 0x7E]).write(to: vae)
        let count = try WeightFile(file: vae).tensors["quant_conv.weight"]?.shape.reduce(1, *) ?? 0
        let found = try flaws()
        #expect(
            found == [
                "vae: quant_conv.weight: 1 of \(count) numbers are not finite: NaN or infinity",
                "vae/diffusion_pytorch_model.safetensors is not what SHA256SUMS says: it was changed or damaged",
            ])
        try before.write(to: vae)
        #expect(try flaws() == [])
        // 2. A configuration that the weights do not fit, a file that is gone, a vocabulary that is none.
        let text = target.appending(path: "text_encoder/config.json")
        let configuration = try String(contentsOf: text, encoding: .utf8)
        try configuration.replacing(#""num_hidden_layers": 1"#, with: #""num_hidden_layers": 2"#)
            .write(to: text, atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(at: target.appending(path: "vocoder/model.safetensors"))
        try Data("{}".utf8).write(to: target.appending(path: "tokenizer/vocab.json"))
        let all = try flaws()
        #expect(all.contains { $0.hasPrefix("text_encoder: ") && $0.contains("text_model.encoder.layer.1") })
        #expect(all.contains { $0.hasPrefix("vocoder: ") && $0.contains("no weights found") })
        #expect(all.contains { $0.contains("vocab.json: <s>: expected a token") })
        #expect(all.contains("vocoder/model.safetensors is in SHA256SUMS and not in the folder"))
        #expect(all.contains("tokenizer/vocab.json is not what SHA256SUMS says: it was changed or damaged"))
        try Data("nonsense\n".utf8).write(to: target.appending(path: "SHA256SUMS"))
        let error = try #require(throws: CheckpointError.self) { try ModelInspection(of: target) }
        #expect("\(error)".hasSuffix("line 1: expected a SHA-256, two spaces and a path, found \"nonsense\""))
    }

    @Test func theBundledModelIsSound() throws {
        let found = try ModelInspection(of: #require(Model.bundledFolder))
        #expect(found.isSound)
        #expect(found.abilities.contains { $0.hasPrefix("upsample to") })
    }
}
