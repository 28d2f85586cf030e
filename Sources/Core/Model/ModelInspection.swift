public import Foundation

/// A model looked at down to its last number: whether each network can be made, whether its weights are numbers, whether its files are
/// what they were, what can be done with it, and what memory that takes.
public struct ModelInspection: Sendable {
    /// One network.
    public struct Part: Sendable, Equatable {
        /// Which one it is.
        public let part: Model.Part
        /// How many tensors it has.
        public let tensors: Int
        /// How many numbers they are.
        public let parameters: Int
        /// How many numbers there are of each element type, such as "F16".
        public let types: [String: Int]
        /// Every tensor, by its name.
        public let listing: [TensorEntry]
        /// What is wrong with it, in words; none if the network was made and all of its numbers are finite.
        public let flaws: [String]
    }

    /// One tensor of a network.
    public struct TensorEntry: Sendable, Equatable {
        /// Its name in diffusers' layout.
        public let name: String
        /// The type of its elements, such as "F16".
        public let type: String
        /// Its sizes.
        public let shape: [Int]
    }

    /// The memory that a job takes at most, as far as weights and states account for it.
    public struct Need: Sendable, Equatable {
        /// The job: "generate", "inpaint", "upsample" or "restyle".
        public let job: String
        /// The length of sound that is made at once, in seconds.
        public let seconds: Double
        /// In bytes.
        public let bytes: Int
    }

    /// Whether the model is one of AudioLDM's original files.
    public let isOriginal: Bool
    /// Of an original file: whether it has averaged weights, which are taken.
    public let isAveraged: Bool
    /// Of an original file: how many tensors no network uses.
    public let passedOver: Int
    /// The networks.
    public let parts: [Part]
    /// What is wrong with the model apart from its networks.
    public let flaws: [String]
    /// How many files were held against the folder's `SHA256SUMS`; nil without such a list.
    public let checkedFiles: Int?
    /// The number of attention heads of each level of the UNet, as the configuration says.
    public let heads: [Int]
    /// The number with which AudioLDM's own networks of this size were trained.
    public let trainedHeads: [Int]
    /// What can be done with the model, in words.
    public let abilities: [String]
    /// What each job needs.
    public let needs: [Need]

    /// Whether nothing is wrong.
    public var isSound: Bool { flaws.isEmpty && parts.allSatisfy(\.flaws.isEmpty) }

    /// Looks at a model. It reads all of its weights and makes its networks, one after the other.
    /// - Parameters:
    ///   - location: a model's folder, or one of AudioLDM's original files.
    ///   - headRule: as ``Model`` has it.
    ///   - progress: told what is looked at, and the share that is done.
    /// - Throws: `CheckpointError` for what is no model at all, or whose configurations are wrong.
    public init(
        of location: URL, headRule: HeadRule = .config, progress: (String, Double) -> Void = { _, _ in }
    ) throws(CheckpointError) {
        let files = try ModelFiles(location)
        let model = try Model(files, headRule: headRule)
        var flaws: [String] = []
        do {
            try files.requireTokenizer()
            _ = try model.tokenizer()
        } catch { flaws.append("\(error)") }
        do { _ = try (ModelTraits(of: model), SchedulerConfiguration(of: model), model.provenance()) } catch {
            flaws.append("\(error)")
        }
        do { _ = try model.memory() } catch { flaws.append("\(error)") }

        let present = Model.Part.allCases.filter { files.has($0) }
        var parts: [Part] = []
        for (index, part) in present.enumerated() {
            progress(part.rawValue, Double(index) / Double(present.count + 1))
            parts.append(Self.part(part, of: model))
        }
        progress("checksums", Double(present.count) / Double(present.count + 1))
        switch files {
        case .folder(let folder):
            (isOriginal, isAveraged, passedOver) = (false, false, 0)
            let list = try ModelChecksums(folder: folder)
            checkedFiles = list?.hashes.count
            flaws += list?.flaws(of: folder) ?? []
        case .original(let checkpoint):
            (isOriginal, isAveraged, passedOver) = (true, checkpoint.isAveraged, checkpoint.passedOver)
            checkedFiles = nil
        }
        progress("done", 1)
        self.parts = parts
        self.flaws = flaws
        let levels = model.unetConfiguration.levels
        heads = levels.map { headRule.heads(of: $0, base: levels[0].channels) }
        trainedHeads = levels.map { HeadRule.trainedHeads(channels: $0.channels, base: levels[0].channels) }
        abilities = Self.abilities(of: model)
        needs = Self.needs(of: model, parts)
    }

    // MARK: - Parts

    private static func part(_ part: Model.Part, of model: Model) -> Part {
        let weights: WeightFile
        do {
            weights = try model.files.weights(part)
        } catch {
            return Part(part: part, tensors: 0, parameters: 0, types: [:], listing: [], flaws: ["\(error)"])
        }
        var flaws: [String] = []
        var types: [String: Int] = [:]
        var listing: [TensorEntry] = []
        for (name, tensor) in weights.tensors.sorted(by: { $0.key < $1.key }) {
            listing.append(TensorEntry(name: name, type: tensor.type.rawValue, shape: tensor.shape))
            types[tensor.type.rawValue, default: 0] += tensor.shape.reduce(1, *)
            guard tensor.type.isFloatingPoint else { continue }
            let odd = tensor.countOfUnusable()
            if odd > 0 {
                flaws.append(
                    "\(name): \(odd) of \(tensor.shape.reduce(1, *)) numbers are not finite: NaN or infinity")
            }
        }
        weights.releasePages()
        do {
            try make(part, of: model)
        } catch let CheckpointError.malformed(_, key?, _) where flaws.contains(where: { $0.hasPrefix("\(key): ") }) {
            // Counted above: the tensor holds what is no number.
        } catch { flaws.append("\(error)") }
        return Part(
            part: part, tensors: weights.tensors.count, parameters: weights.parameterCount, types: types,
            listing: listing, flaws: flaws)
    }

    private static func make(_ part: Model.Part, of model: Model) throws(CheckpointError) {
        switch part {
        case .textEncoder: _ = try model.textEncoder()
        case .audioEncoder: _ = try model.audioEncoder()
        case .unet: _ = try model.unet()
        case .autoencoder: _ = try model.autoencoder()
        case .vocoder: _ = try model.vocoder()
        case .bandExtension: _ = try model.bandExtension()
        }
    }

    // MARK: - Abilities

    private static func abilities(of model: Model) -> [String] {
        let hears = model.audioEncoderConfiguration != nil
        let isTold = model.unetConfiguration.condition != .none
        var words = [
            isTold ? "generate and restyle by a prompt" : "generate, without a prompt: it knows no conditions",
            hears && isTold
                ? "inpaint by what is around the gap, or by a prompt"
                : isTold ? "inpaint by a prompt, or unconditioned" : "inpaint, unconditioned",
        ]
        let top = String(format: "%.0f Hz", model.frontEnd.highestHz)
        words.append(
            model.bandExtensionConfiguration != nil
                ? "upsample to \(top) from what most likely lies there"
                : "upsample to \(top), the band made from nothing")
        if hears && isTold { words.append("choose the best of several takes") }
        if model.memoryConfiguration != nil { words.append("look prompts up among sounds that it remembers") }
        return words
    }

    // MARK: - Memory

    /// What a program without a model takes.
    private static let program = 60 << 20

    /// Networks come one after the other, and the store keeps as much as the largest takes: so a job's peak is its hungriest network with
    /// its states, as 32-bit floats.
    private static func needs(of model: Model, _ parts: [Part]) -> [Need] {
        func weights(_ part: Model.Part) -> Int { 4 * (parts.first { $0.part == part }?.parameters ?? 0) }
        let factor = model.autoencoderConfiguration.factor
        let frames = model.unetConfiguration.sampleLength.map { $0 * factor } ?? 1024
        let seconds = Double(frames) / model.frontEnd.frameRate
        let bins = model.frontEnd.melBins
        let levels = model.unetConfiguration.levels
        // 1. The UNet: the states that the way up takes over, of a batch of two, and a handful of the widest level's.
        var skips = 0
        for (index, level) in levels.enumerated() {
            let cells = ((frames / factor) >> index) * max(1, (bins / factor) >> index)
            skips += cells * level.channels * (level.layers + 1)
        }
        let widest =
            frames / factor * (bins / factor) * (levels[0].channels + levels[min(1, levels.count - 1)].channels)
        let unet = weights(.unet) + 4 * 2 * (skips + 4 * widest)
        // 2. The autoencoder at full resolution, where it is widest for its size.
        let width = model.autoencoderConfiguration.channels[min(1, model.autoencoderConfiguration.channels.count - 1)]
        let autoencoder = weights(.autoencoder) + 4 * 4 * frames * bins * width
        // 3. A piece of the vocoder.
        let vocoder = weights(.vocoder) + 4 * 4 * min(frames, 1024) * model.frontEnd.hopSize * 32
        let common = max(unet, autoencoder, vocoder, weights(.textEncoder))
        let hearing = max(common, weights(.audioEncoder) + 4 * 6 * 4096 * 96)
        return [("generate", common), ("inpaint", hearing), ("upsample", hearing), ("restyle", common)].map {
            job, bytes in
            Need(job: job, seconds: seconds, bytes: program + bytes)
        }
    }
}

extension StoredTensor {
    /// How many elements are NaN or infinite, or too large for a 32-bit float.
    func countOfUnusable() -> Int {
        let tensor = load()
        let count = tensor.withSpan { elements in
            var count = 0
            for index in elements.indices where !elements[index].isFinite { count += 1 }
            return count
        }
        if shape.reduce(type.width, *) > 64 << 20 { file.releasePages() }
        return count
    }
}
