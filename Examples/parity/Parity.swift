internal import ArgumentParser
internal import Core
internal import Foundation

/// A sound out of the library's parts, in the order of diffusers' AudioLDMPipeline, with every result on the way written down.
@main
struct Parity: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a sound from a prompt and write every result on the way, for comparison with diffusers.",
        discussion: "parity.py beside this program's source runs both and prints how far they are apart.")

    @Argument(help: "What shall be heard.")
    var prompt: String

    @Option(help: "The model: a folder in diffusers' layout, or one of AudioLDM's original files.")
    var model: String

    @Option(help: "The safetensors file to write.")
    var dump: String

    @Option(help: "What shall not be heard.")
    var negativePrompt = ""

    @Option(help: "The length in seconds.")
    var duration = 2.56

    @Option var steps = 10
    @Option(help: "ddim or dpm++.") var sampler = "ddim"
    @Option var guidance: Float = 2.5
    @Option(help: "The lowest noise-to-signal ratio at which there is guidance.") var guidanceFrom: Float = 0
    @Option(help: "The highest one.") var guidanceTo = Float.infinity
    @Option var seed: UInt64 = 0
    @Option(help: "float32 or bfloat16.", transform: Self.precision) var precision = Precision.float32
    @Option var threads: Int?

    func validate() throws {
        guard ["ddim", "dpm++"].contains(sampler) else { throw ValidationError("--sampler: ddim or dpm++") }
        guard guidanceFrom <= guidanceTo else { throw ValidationError("--guidance-from lies above --guidance-to") }
    }

    func run() throws {
        if let threads { Parallel.threads = threads }
        let model = try Model(at: URL(filePath: model), precision: precision)
        let facts = try model.facts()
        var kept: [String: Tensor] = [:]

        // 1. Prompts.
        let condition = try embedding(of: prompt, model)
        let isNothing = try negativePrompt.isEmpty && ModelTraits(of: model).unconditional == .zeros
        let negative = isNothing ? Tensor.zeros(condition.shape) : try embedding(of: negativePrompt, model)
        kept["condition"] = Tensor.concatenated([negative, condition], axis: 0)

        // 2. The first noise, on as many latent frames as hold the mel frames of the duration.
        let frames = Int(duration / (Double(facts.hopSize) / Double(facts.samplingRate)))
        let shape = [1, (frames + facts.factor - 1) / facts.factor, facts.latentBins, facts.latentChannels]
        let random = TorchRandom(seed: seed)
        var draw = random
        kept["latent.initial"] = channelsSecond(draw.normal(channelsLast: shape))

        // 3. Denoising.
        let unet = try model.unet()
        let solver: DiffusionSolver = sampler == "ddim" ? .ddim(eta: 0) : .dpmSolver
        let guidance = Guidance(scale: guidance, interval: guidanceFrom...guidanceTo)
        let denoising = Denoising(
            { unet($0, timestep: $1, condition: $2) },
            walk: try SchedulerConfiguration(of: model).walk(steps: steps, solver: solver),
            options: DenoisingOptions(solver: solver, guidance: guidance), shape: shape, random: random,
            condition: condition, negative: negative)
        var latent = Tensor.zeros(shape)
        for step in denoising {
            latent = step.latent
            kept["latent.\(step.number - 1)"] = channelsSecond(latent)
        }

        // 4. Mel and waveform.
        let mel = try model.autoencoder().decode(latent)
        kept["mel"] = mel.reshaped([1] + mel.shape)
        if let encoder = try model.audioEncoder() {
            let heard = mel.sliced(axis: 1, 0..<min(mel.shape[1], encoder.configuration.maximumFrames))
            kept["heard"] = encoder(heard.sliced(axis: 2, 0..<encoder.configuration.melBins))
        }
        let vocoder = try model.vocoder()
        kept["waveform"] = vocoder(mel).sliced(axis: 1, 0..<Int(duration * Double(facts.samplingRate)))
        try SafetensorsWriter.write(kept, to: URL(filePath: dump))
    }

    private static func precision(_ name: String) throws -> Precision {
        guard let precision = Precision(rawValue: name) else { throw ValidationError("float32 or bfloat16 expected") }
        return precision
    }

    /// [1, width], of length 1.
    private func embedding(of text: String, _ model: Model) throws -> Tensor {
        let encoder = try model.textEncoder()
        let tokens = try model.tokenizer().encode(text, maximumLength: encoder.configuration.maximumTokens)
        let embedding = encoder(tokens)
        return embedding / embedding.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// [B, T, F, C] as diffusers has it: [B, C, T, F].
    private func channelsSecond(_ tensor: Tensor) -> Tensor { tensor.transposed([0, 3, 1, 2]) }
}
