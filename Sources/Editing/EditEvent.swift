public import Core

/// What an edit tells while it goes on.
public enum EditEvent: Sendable {
    case progress(EditProgress)
    /// What has come of it so far; nothing is computed unless the preview is asked.
    case preview(EditPreview)
    /// It is done. The last event.
    case finished(EditReport)
}

/// How far an edit has come.
public struct EditProgress: Sendable, Equatable {
    /// What is being done, such as "denoise".
    public let stage: String
    /// Of the whole edit, 0...1; never falls.
    public let fraction: Double
    /// About how long it will take from now on; nil while nobody can tell.
    public let secondsLeft: Double?

    public init(stage: String, fraction: Double, secondsLeft: Double? = nil) {
        self.stage = stage
        self.fraction = fraction
        self.secondsLeft = secondsLeft
    }
}

/// What the network takes, after some step, for the sound that will come of it.
public struct EditPreview: Sendable {
    /// Seconds of the source (of a new sound, of itself) at which the preview starts.
    public let start: Double
    /// The latent without noise, [1, T, F, C].
    private let latent: Tensor
    private let loaded: LoadedModel

    init(start: Double, latent: Tensor, _ loaded: LoadedModel) {
        self.start = start
        self.latent = latent
        self.loaded = loaded
    }

    /// Mel frames per second.
    public var framesPerSecond: Double { loaded.model.frontEnd.frameRate }

    /// Seconds.
    public var duration: Double { Double(latent.shape[1] * loaded.grid.factor) / framesPerSecond }

    /// Decodes the preview to a log-mel, [1, frames, bands] in nepers.
    public func mel() throws -> Tensor { try loaded.model.autoencoder().decode(latent) }

    /// Decodes the preview and makes it a sound of one channel, as the model hears it: not yet fitted into the source.
    public func sound() throws -> Waveform {
        let vocoder = try loaded.vocoder.model.vocoder()
        let samples = vocoder(loaded.vocoder.completed(try mel()))
        return Waveform(channels: [samples.elements], rate: loaded.vocoder.rate)
    }
}
