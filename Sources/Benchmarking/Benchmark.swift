public import Core
public import Editing
public import Foundation

/// Times of the parts of a model on this machine, and how close they come to its limit.
public struct Benchmark: Sendable, Encodable {
    /// Work whose operations are counted.
    public struct Stage: Sendable, Encodable {
        /// The name of the work, such as "vae decode".
        public let name: String
        /// The time that the work takes: the median of several runs, in seconds.
        public let seconds: Double
        /// The speed in 10^9 floating-point operations per second, counted as if the work were done directly: a faster
        /// algorithm may come out above the machine's peak.
        public let gflops: Double
    }

    /// The length of the sound that is worked on, in seconds.
    public let seconds: Double
    /// What the networks' weights are kept as, and multiplied at.
    public let precision: Precision
    /// The number of threads that share the work.
    public let threads: Int
    /// The speed that the machine reaches in matrix products, in 10^9 operations per second.
    public let peakGflops: Double
    /// The parts, in the order of their work: `text`, `vae encode`, `guidance step`, `vae decode`, `vocoder`.
    public let stages: [Stage]
    /// The number of denoising steps of the whole job.
    public let steps: Int
    /// A whole generation with its default settings, from the prompt to the file.
    public let job: Stage

    private enum CodingKeys: String, CodingKey {
        case seconds, precision, threads, stages, steps, job
        case peakGflops = "peak_gflops"
    }

    private static let prompt = "a dog barks in the distance while light rain falls on a tin roof"

    /// Measures a model's parts one after the other; a large one goes before the next one is loaded.
    /// - Parameters:
    ///   - folder: the model's folder; nil for the bundled model.
    ///   - headRule: the rule by which the number of attention heads is found.
    ///   - precision: what the networks' weights are kept as, and multiplied at.
    ///   - seconds: the length of the sound.
    ///   - progress: called before each part; what it throws stops the measuring.
    /// - Throws: `EditingError`, `CheckpointError`, and what `progress` throws.
    public init(
        model folder: URL? = nil, headRule: HeadRule = .config, precision: Precision = .float32,
        seconds: Double = 10.24,
        progress: (EditProgress) throws -> Void = { _ in }
    ) throws {
        let model = try Editor(model: folder, headRule: headRule, precision: precision).model
        let facts = try model.facts()
        let factor = facts.factor
        let frames = max(1, Int((seconds * model.frontEnd.frameRate / Double(factor)).rounded())) * factor
        let cells = (frames: frames / factor, bins: facts.latentBins)
        let length = Double(frames) / model.frontEnd.frameRate
        self.seconds = length
        self.precision = precision
        threads = Parallel.threads

        var done = 0.0
        func announce(_ name: String) throws {
            try progress(EditProgress(stage: name, fraction: done / 7))
            done += 1
        }
        try announce("peak")
        peakGflops = MatrixProductPeak.measure(precision) / 1e9

        var random = TorchRandom(seed: 0)
        var stages: [Stage] = []
        func measure(_ name: String, _ operations: Operations, _ work: () -> Void) throws {
            try announce(name)
            stages.append(Stage(name, operations, Self.median(of: work)))
        }

        let tokens = try model.tokenizer()
            .encode(Self.prompt, maximumLength: facts.maximumTokens)
        let textEncoder = try model.textEncoder()
        let text = model.textEncoderConfiguration.operations(tokens: tokens.count)
        try measure("text", text) { _ = textEncoder(tokens) }

        let autoencoder = try model.autoencoder()
        let mel = random.normal([1, frames, facts.melBins])
        try measure(
            "vae encode", model.autoencoderConfiguration.encodingOperations(frames: frames, bins: facts.melBins)
        ) { _ = autoencoder.encode(mel) }

        let unet = try model.unet()
        let latents = random.normal([2, cells.frames, cells.bins, facts.latentChannels])
        let condition = random.normal([2, facts.embeddingWidth])
        let step = model.unetConfiguration.operations(
            batch: 2, frames: cells.frames, bins: cells.bins, headRule: model.headRule)
        try measure("guidance step", step) { _ = unet(latents, timestep: 500, condition: condition) }

        let latent = random.normal([1, cells.frames, cells.bins, facts.latentChannels])
        let decoding = model.autoencoderConfiguration.decodingOperations(frames: frames, bins: facts.melBins)
        try measure("vae decode", decoding) { _ = autoencoder.decode(latent) }

        let vocoder = try model.vocoder()
        let vocoding = model.vocodingOperations(frames: frames)
        try measure("vocoder", vocoding) { _ = vocoder(mel) }
        self.stages = stages

        try announce("whole job")
        let request = try Generate(duration: length, takes: 1, condition: Condition(prompt: Self.prompt))
        let settings = request.settings
        steps = settings.steps
        let output = FileManager.default.temporaryDirectory.appending(path: "retouch-\(UUID().uuidString).wav")
        defer { try? FileManager.default.removeItem(at: output) }
        let time = try ContinuousClock().measure {
            try Editor(model: folder, headRule: headRule, precision: precision).perform(
                request, to: FileDestination(output))
        }
        job = Stage(
            "generate", text + step * (settings.guidance > 1 ? Double(steps) : Double(steps) / 2) + decoding + vocoding,
            time / .seconds(1))
    }

    /// After one run to warm up: of five runs, of fewer where one takes long.
    private static func median(of work: () -> Void) -> Double {
        work()
        let clock = ContinuousClock()
        var times: [Double] = []
        while times.count < 5, times.count < 3 || times.reduce(0, +) < 10 {
            times.append(clock.measure(work) / .seconds(1))
        }
        return times.sorted()[times.count / 2]
    }
}

extension Benchmark.Stage {
    fileprivate init(_ name: String, _ operations: Operations, _ seconds: Double) {
        self.init(name: name, seconds: seconds, gflops: operations.count / seconds / 1e9)
    }
}
