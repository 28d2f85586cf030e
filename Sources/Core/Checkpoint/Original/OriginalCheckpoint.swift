internal import Foundation

/// A checkpoint of AudioLDM as its authors publish it: one torch file with everything that was trained.
///
/// It is presented as a folder in diffusers' layout would be: configurations, whose sizes come from the tensors' shapes, and tensors under
/// diffusers' names, which are views of the mapped file. Nothing of its pickle is executed. The vocabulary of its text encoder, RoBERTa's, is
/// not in the file.
struct OriginalCheckpoint: Sendable {
    let file: URL
    /// The file in errors.
    let path: String
    let parts: [Model.Part: OriginalPart]
    /// Whether the UNet's weights are the mean over the last steps of its training.
    let isAveraged: Bool
    /// How many tensors of the file no network uses: optimizers, the weights of the last step, what judged in training.
    let passedOver: Int
    /// Beside the parts: `scheduler/scheduler_config.json` and so on, by their paths.
    let configurations: [String: JSONValue]

    /// The extensions of the files' names.
    static let extensions = ["ckpt", "pth", "pt", "bin", "safetensors"]
    private static let unetPrefix = "model.diffusion_model."

    /// - Throws: `unreadable`, `malformed` or `forbiddenGlobal`; `notAModel` or `unread` for a file that is no AudioLDM.
    init(_ file: URL) throws(CheckpointError) {
        self.file = file
        path = file.path(percentEncoded: false)
        let path = path
        let all = try WeightFile.open(file)
        guard all.keys.contains(where: { $0.hasPrefix(Self.unetPrefix) }) else {
            throw .notAModel(
                path: path,
                reason:
                    "it holds no \(Self.unetPrefix)*, as AudioLDM's original checkpoints do; a model of diffusers' is a folder"
            )
        }
        let (unet, isAveraged) = try Self.unet(all, path)
        self.isAveraged = isAveraged
        let autoencoder = OriginalTensors(path: path, prefix: "first_stage_model.", of: all)
        let vocoder = OriginalTensors(path: path, prefix: "first_stage_model.vocoder.", of: all)
        // The later training code numbers its conditions.
        let numbered = OriginalTensors(path: path, prefix: "cond_stage_models.0.model.", of: all)
        let towers =
            numbered.isEmpty ? OriginalTensors(path: path, prefix: "cond_stage_model.model.", of: all) : numbered
        guard let scale = all["scale_factor"], scale.type.isFloatingPoint, StoredTensor.count(of: scale.shape) == 1
        else { throw .notAModel(path: path, reason: "it has no scale_factor, the scale of its latents") }

        var parts: [Model.Part: OriginalPart] = [
            .unet: try OriginalUNet.part(unet),
            .autoencoder: try OriginalAutoencoder.part(autoencoder, scale: scale.load().elements[0]),
            .vocoder: try OriginalVocoder.part(vocoder),
            .textEncoder: try OriginalTowers.text(towers),
        ]
        if towers.has("audio_projection.2.weight") { parts[.audioEncoder] = try OriginalTowers.audio(towers) }
        self.parts = parts
        var configurations = Dictionary(
            uniqueKeysWithValues: parts.map { ("\($0.key.rawValue)/config.json", $0.value.configuration) })
        configurations["scheduler/scheduler_config.json"] = Self.scheduler
        configurations["model_index.json"] = Self.index
        if parts[.audioEncoder] != nil {
            configurations["audio_encoder/preprocessor_config.json"] = OriginalTowers.frontEnd
        }
        self.configurations = configurations
        passedOver = all.count - parts.values.reduce(0) { $0 + $1.sources }
    }

    /// The weights of a part; nil where there is no such part.
    func weights(_ part: Model.Part) -> WeightFile? {
        parts[part].map { WeightFile(path: path, tensors: $0.tensors) }
    }

    /// What the configuration of a path is called in errors.
    func name(_ configuration: String) -> String { "\(path) (as \(configuration))" }

    /// Where the tokenizer's files lie: in `tokenizer/` beside the file.
    var tokenizer: URL { file.deletingLastPathComponent().appending(path: "tokenizer") }

    /// The UNet's tensors: of the mean over the last steps of the training (`latent_diffusion/ema.py`) where the file has them. Their
    /// names are those of the others without dots.
    private static func unet(
        _ all: [String: StoredTensor], _ path: String
    ) throws(CheckpointError) -> (OriginalTensors, isAveraged: Bool) {
        let averages = "model_ema."
        let isAveraged = all.keys.contains { $0.hasPrefix("\(averages)diffusion_model") }
        var tensors: [String: StoredTensor] = [:]
        for (name, tensor) in all where name.hasPrefix(unetPrefix) {
            let flat = averages + name.dropFirst("model.".count).replacing(".", with: "")
            let average = all[flat]
            if isAveraged, average == nil {
                throw .malformed(
                    file: path, key: flat, reason: "is not there, though others of the averaged weights are")
            }
            tensors[String(name.dropFirst(unetPrefix.count))] = average ?? tensor
        }
        return (OriginalTensors(path: path, prefix: unetPrefix, tensors: tensors), isAveraged)
    }

    /// The noise of AudioLDM's training (`audioldm/utils.py`), in diffusers' words.
    private static let scheduler = JSONValue.object([
        "_class_name": .text("DDIMScheduler"), "beta_end": .number(0.0195), "beta_schedule": .text("scaled_linear"),
        "beta_start": .number(0.0015), "clip_sample": .boolean(false), "num_train_timesteps": .integer(1000),
        "prediction_type": .text("epsilon"), "set_alpha_to_one": .boolean(false), "steps_offset": .integer(1),
        "thresholding": .boolean(false), "timestep_spacing": .text("leading"),
    ])

    private static let index = JSONValue.object([
        "_class_name": .text("AudioLDMPipeline"), "scheduler": .words(["diffusers", "DDIMScheduler"]),
        "text_encoder": .words(["transformers", "ClapTextModelWithProjection"]),
        "tokenizer": .words(["transformers", "RobertaTokenizerFast"]),
        "unet": .words(["diffusers", "UNet2DConditionModel"]), "vae": .words(["diffusers", "AutoencoderKL"]),
        "vocoder": .words(["transformers", "SpeechT5HifiGan"]),
    ])
}
