public import Foundation
internal import Synchronization

/// A model: a folder in the layout of diffusers with `unet/`, `vae/`, `vocoder/`, `text_encoder/`, `tokenizer/`, `scheduler/`, and
/// where there is one `audio_encoder/`, `band_extension/`, `feature_extractor/` and `memory/`; or one of AudioLDM's original files.
///
/// Opening a model reads and checks the configurations only. A network is loaded when it is first asked for; the store keeps it as
/// long as its budget allows.
public final class Model: Sendable {
    /// The networks of a model, by the names of their folders.
    public enum Part: String, CaseIterable, Sendable {
        /// The text tower of CLAP, which makes an embedding of a prompt.
        case textEncoder = "text_encoder"
        /// The audio tower of CLAP, which makes an embedding of a sound.
        case audioEncoder = "audio_encoder"
        /// The denoising network.
        case unet
        /// The autoencoder between log-mel spectrograms and latents.
        case autoencoder = "vae"
        /// The network that makes samples of a log-mel spectrogram.
        case vocoder
        /// The network that says what most likely lies above a cut-off.
        case bandExtension = "band_extension"
    }

    /// The folder or the file that the model was opened from.
    public let location: URL
    let files: ModelFiles
    /// The rule by which the number of attention heads of the UNet is found.
    public let headRule: HeadRule
    /// The numbers that turn a waveform into the log-mel spectrogram that the model knows.
    public let frontEnd: FrontEnd
    /// What the networks' weights are kept as, and multiplied at.
    public var precision: Precision { networks.precision }
    /// The sizes of the denoising network.
    public let unetConfiguration: UNetConfiguration
    /// The sizes of the autoencoder.
    public let autoencoderConfiguration: AutoencoderConfiguration
    /// The sizes of the text tower.
    public let textEncoderConfiguration: TextEncoderConfiguration
    /// The sizes of the audio tower; nil for a model without one.
    public let audioEncoderConfiguration: AudioEncoderConfiguration?
    /// What the audio tower hears, where that is not the model's own log-mel.
    public let towerFrontEnd: TowerFrontEnd?
    /// The sizes of the band extension; nil for a model without one.
    let bandExtensionConfiguration: BandExtensionConfiguration?
    let vocoderConfiguration: VocoderConfiguration
    /// How prompts are looked up in the model's memory; nil for a model without one.
    public let memoryConfiguration: MemoryConfiguration?
    /// The memory, once it was asked for.
    private let readMemory = Mutex<Memory?>(nil)
    /// The networks that are in memory.
    public let networks: NetworkStore

    /// Opens a model: reads its configurations and checks that its parts fit together. No weights are loaded yet.
    /// - Parameters:
    ///   - location: the model's folder, or one of AudioLDM's original files (`.ckpt`, `.pth`) with RoBERTa's `vocab.json` and
    ///     `merges.txt` in `tokenizer/` beside it.
    ///   - headRule: `.original` for AudioLDM's published weights with the number of attention heads they were trained
    ///     with. Original files have it anyway.
    ///   - memoryBudget: the bytes of weights that stay in memory beyond their use, as ``NetworkStore/budget`` has it;
    ///     nil for the size of the largest network.
    ///   - precision: what the networks' weights are kept as, and multiplied at.
    /// - Throws: `notAModel` for what is none, or an error that names the configuration and the key that do
    ///   not fit.
    public convenience init(
        at location: URL, headRule: HeadRule = .config, memoryBudget: Int? = nil, precision: Precision = .float32
    ) throws(CheckpointError) {
        let files = try ModelFiles(location)
        try files.requireTokenizer()
        try self.init(files, headRule: headRule, memoryBudget: memoryBudget, precision: precision)
    }

    init(
        _ files: ModelFiles, headRule: HeadRule = .config, memoryBudget: Int? = nil, precision: Precision = .float32
    ) throws(CheckpointError) {
        self.files = files
        location = files.location
        self.headRule = headRule
        unetConfiguration = try files.load("unet/config.json")
        autoencoderConfiguration = try files.load("vae/config.json")
        vocoderConfiguration = try files.load("vocoder/config.json")
        textEncoderConfiguration = try files.load("text_encoder/config.json")
        audioEncoderConfiguration = try files.loadIfPresent("audio_encoder/config.json")
        towerFrontEnd = try files.loadIfPresent("audio_encoder/preprocessor_config.json")
        bandExtensionConfiguration = try files.loadIfPresent("band_extension/config.json")
        memoryConfiguration = try files.loadIfPresent("\(Self.memoryFolder)/config.json")
        frontEnd = try files.loadIfPresent("feature_extractor/preprocessor_config.json") ?? .audioLDM
        networks = NetworkStore(files, budget: memoryBudget, precision: precision)
        try checkThatPartsFit()
    }

    // MARK: - Parts

    /// The text tower, loaded if it is not in memory.
    /// - Throws: `CheckpointError` for weights that cannot be read or do not fit the configuration.
    public func textEncoder() throws(CheckpointError) -> TextEncoder {
        try networks.network(.textEncoder) { weights throws(CheckpointError) in
            try TextEncoder(weights, textEncoderConfiguration)
        }
    }

    /// Reads the tokenizer, which makes tokens for the text encoder. It is small, and nothing keeps it.
    /// - Throws: `CheckpointError` for files that cannot be read, or more tokens than the text encoder knows.
    public func tokenizer() throws(CheckpointError) -> Tokenizer {
        let folder = files.tokenizer
        let tokenizer = try Tokenizer(folder: folder)
        let vocabulary = textEncoderConfiguration.vocabularySize
        guard tokenizer.count <= vocabulary else {
            throw .configuration(
                file: folder.appending(path: "vocab.json").path(percentEncoded: false), key: "token numbers",
                expected: "below \(vocabulary), the text encoder's vocab_size", found: "\(tokenizer.count - 1)")
        }
        return tokenizer
    }

    /// The audio tower, loaded if it is not in memory; nil for a model without one.
    /// - Throws: `CheckpointError` for weights that cannot be read or do not fit the configuration.
    public func audioEncoder() throws(CheckpointError) -> AudioEncoder? {
        guard let audioEncoderConfiguration else { return nil }
        return try networks.network(.audioEncoder) { weights throws(CheckpointError) in
            try AudioEncoder(weights, audioEncoderConfiguration)
        }
    }

    /// The denoising network, loaded if it is not in memory.
    /// - Throws: `CheckpointError` for weights that cannot be read or do not fit the configuration.
    public func unet() throws(CheckpointError) -> UNet {
        try networks.network(.unet) { weights throws(CheckpointError) in
            try UNet(weights, unetConfiguration, headRule: headRule)
        }
    }

    /// Begins to load the networks that every edit with the model needs, on a thread of its own, if there is room for all of them: who asks
    /// for one soon after waits less. What cannot be read is said to who asks. One thread has nothing to gain.
    public func prefetch() {
        let wanted: [Part] = [.autoencoder, .unet, .vocoder]
        guard Parallel.threads > 1, !networks.held.isSuperset(of: wanted),
            networks.hasRoom(for: wanted + [.audioEncoder])
        else { return }
        Thread.detachNewThread {
            do throws(CheckpointError) {
                _ = try self.autoencoder()
                _ = try self.unet()
                _ = try self.vocoder()
            } catch {}
        }
    }

    /// The autoencoder, loaded if it is not in memory.
    /// - Throws: `CheckpointError` for weights that cannot be read or do not fit the configuration.
    public func autoencoder() throws(CheckpointError) -> Autoencoder {
        try networks.network(.autoencoder) { weights throws(CheckpointError) in
            try Autoencoder(weights, autoencoderConfiguration)
        }
    }

    /// The vocoder, loaded if it is not in memory.
    /// - Throws: `CheckpointError` for weights that cannot be read or do not fit the configuration.
    public func vocoder() throws(CheckpointError) -> any Vocoder {
        try networks.network(.vocoder) { weights throws(CheckpointError) in
            try vocoderConfiguration.vocoder(weights, frontEnd)
        }
    }

    /// The band extension, loaded if it is not in memory; nil for a model without one.
    /// - Throws: `CheckpointError` for weights that cannot be read or do not fit the configuration.
    public func bandExtension() throws(CheckpointError) -> BandExtension? {
        guard let bandExtensionConfiguration else { return nil }
        return try networks.network(.bandExtension) { weights throws(CheckpointError) in
            try BandExtension(weights, bandExtensionConfiguration)
        }
    }

    /// The folder of the memory in a model's folder.
    static let memoryFolder = "memory"

    /// The memory of the sounds that the model was trained on, read if it is not there; nil for a model without one.
    /// - Throws: `CheckpointError` for files that cannot be read or do not fit together.
    public func memory() throws(CheckpointError) -> Memory? {
        guard let memoryConfiguration else { return nil }
        let read: Result<Memory, CheckpointError> = readMemory.withLock { known in
            if let known { return .success(known) }
            do throws(CheckpointError) {
                let memory = try Memory(
                    folder: location.appending(path: Self.memoryFolder), memoryConfiguration,
                    width: textEncoderConfiguration.embeddingWidth)
                known = memory
                return .success(memory)
            } catch {
                return .failure(error)
            }
        }
        return try read.get()
    }

    // MARK: - Checks

    /// What one part gives has to be what the next one takes.
    private func checkThatPartsFit() throws(CheckpointError) {
        func demand(
            _ part: Part, _ key: String, _ found: Int, equals expected: Int, of other: String
        ) throws(CheckpointError) {
            guard found != expected else { return }
            throw .configuration(
                file: files.name("\(part.rawValue)/config.json"), key: key,
                expected: "\(expected), as \(other)", found: "\(found)")
        }
        let latent = autoencoderConfiguration.latentChannels
        try demand(
            .unet, "in_channels", unetConfiguration.inputChannels, equals: latent, of: "the vae's latent_channels")
        try demand(
            .unet, "out_channels", unetConfiguration.outputChannels, equals: latent, of: "the vae's latent_channels")
        let embedding = textEncoderConfiguration.embeddingWidth
        switch unetConfiguration.condition {
        case .none: break
        case .added(let width), .concatenated(let width):
            try demand(
                .unet, "projection_class_embeddings_input_dim", width, equals: embedding,
                of: "the text encoder's projection_dim")
        }
        if let audioEncoderConfiguration {
            let bins = audioEncoderConfiguration.melBins
            if let towerFrontEnd {
                try demand(
                    .audioEncoder, "num_mel_bins", bins, equals: towerFrontEnd.melBins,
                    of: "its preprocessor_config.json's feature_size")
                let frames = towerFrontEnd.frames
                try demand(
                    .audioEncoder, "spec_size", frames, equals: min(frames, audioEncoderConfiguration.maximumFrames),
                    of: "many frames as its preprocessor_config.json makes of max_length_s fit into it")
            } else {
                try demand(
                    .audioEncoder, "num_mel_bins", bins, equals: min(bins, frontEnd.melBins),
                    of: "it hears the front end's first mel bins")
            }
            try demand(
                .audioEncoder, "projection_dim", audioEncoderConfiguration.embeddingWidth, equals: embedding,
                of: "the text encoder's projection_dim")
        }
        if let bandExtensionConfiguration {
            try demand(
                .bandExtension, "feature_size", bandExtensionConfiguration.melBins, equals: frontEnd.melBins,
                of: "the front end")
        }
        let vocoder = vocoderConfiguration
        try demand(.vocoder, "sampling_rate", vocoder.samplingRate, equals: frontEnd.samplingRate, of: "the front end")
        try demand(.vocoder, "hop", vocoder.hopSize, equals: frontEnd.hopSize, of: "the front end")
        try demand(.vocoder, "mel bins", vocoder.melBins, equals: frontEnd.melBins, of: "the front end")
        let factor = autoencoderConfiguration.factor
        try demand(
            .vocoder, "mel bins", vocoder.melBins, equals: vocoder.melBins / factor * factor,
            of: "they must be a multiple of the vae's factor, \(factor)")
    }
}
