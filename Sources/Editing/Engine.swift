internal import Core
internal import Foundation

/// A model's networks behind what the jobs ask of them.
struct Engine: Sendable {
    let model: Model
    let grid: MelGrid
    let logMel: LogMel
    let traits: ModelTraits
    let scheduler: SchedulerConfiguration
    let voice: Voice
    /// Whether networks stay in memory when a job needs them no more.
    let keepsNetworks: Bool

    init(_ model: Model, voice: Voice, keepsNetworks: Bool) throws(CheckpointError) {
        self.model = model
        self.voice = voice
        self.keepsNetworks = keepsNetworks
        grid = MelGrid(model.frontEnd, factor: model.autoencoderConfiguration.factor)
        logMel = LogMel(model.frontEnd)
        traits = try ModelTraits(folder: model.folder)
        scheduler = try SchedulerConfiguration(folder: model.folder)
    }

    /// Hz.
    var rate: Int { model.frontEnd.samplingRate }

    /// Where the band that model and vocoder make ends, in Hz.
    var top: Double { max(grid.highest, MelGrid(voice.model.frontEnd, factor: 1).highest) }

    /// Latent frames that the network was made for. A model that does not say has AudioLDM's.
    var window: Int { model.unetConfiguration.sampleLength ?? 256 }

    /// Latent frames up to which a generated sound is made in one window.
    var longestGeneration: Int { 2 * window }

    func release(_ parts: Model.Part...) {
        guard !keepsNetworks else { return }
        for part in parts { (part == .vocoder ? voice.model : model).release(part) }
    }

    // MARK: - Conditions

    /// What the network is led towards, and away from: each [1, width].
    struct Condition {
        let towards: Tensor
        let away: Tensor
    }

    /// The condition of a prompt, or else of a sound, or else none. nil for a model without conditions.
    /// - Parameter stretches: log-mels [1, T, F] of the surroundings.
    func condition(_ settings: Settings, stretches: () throws -> [Tensor]) throws -> Condition? {
        guard model.unetConfiguration.condition != .none else { return nil }
        let away = try settings.negativePrompt.map { try embedding(of: $0) } ?? nothing()
        if let prompt = settings.prompt { return Condition(towards: try embedding(of: prompt), away: away) }
        if let encoder = try model.audioEncoder(), let heard = Surroundings(encoder).embedding(of: try stretches()) {
            return Condition(towards: heard, away: away)
        }
        return Condition(towards: try nothing(), away: away)
    }

    /// The choice of the take that, to the audio tower, is most like the condition; nil for a model without one.
    func choice(of takes: Int, like condition: Condition?) throws -> Rendering.Choice? {
        guard let condition, let encoder = try model.audioEncoder() else { return nil }
        let wanted = condition.towards.elements
        return Rendering.Choice(takes: takes) { mel in
            guard let heard = Surroundings(encoder).embedding(of: [mel]) else { return -1 }
            return zip(wanted, heard.elements).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    /// The unit-length embedding of a text.
    private func embedding(of text: String) throws -> Tensor {
        let encoder = try model.textEncoder()
        return encoder(try model.tokenizer().encode(text, maximumLength: encoder.configuration.maximumTokens))
            .unitLength
    }

    /// What the model was trained with where it was told nothing.
    private func nothing() throws -> Tensor {
        switch traits.unconditional {
        case .zeros: .zeros([1, model.textEncoderConfiguration.embeddingWidth])
        case .emptyText: try embedding(of: "")
        }
    }
}
