public import Core

/// What an edit tells while it goes on.
public enum EditEvent: Sendable {
    /// The edit has come some way further.
    case progress(EditProgress)
    /// What has come of the edit so far; nothing is computed unless the preview is asked.
    case preview(EditPreview)
    /// The edit is done. This is the last event.
    case finished(EditReport)
}

/// How far an edit has come.
public struct EditProgress: Sendable, Equatable {
    /// The kind of work that is being done, such as "denoise".
    public let stage: String
    /// The share of the whole edit that is done, 0...1; it never falls.
    public let fraction: Double
    /// About how many seconds the edit will take from now on; nil while nobody can tell.
    public let secondsLeft: Double?

    /// Progress of your own, for work that is told in the same way.
    /// - Parameters:
    ///   - stage: the kind of work that is being done.
    ///   - fraction: the share of the whole that is done, 0...1.
    ///   - secondsLeft: about how many seconds are left; nil while nobody can tell.
    public init(stage: String, fraction: Double, secondsLeft: Double? = nil) {
        self.stage = stage
        self.fraction = fraction
        self.secondsLeft = secondsLeft
    }
}

/// What the network takes, after some step, for the sound that will come of it.
public struct EditPreview: Sendable {
    /// The place at which the preview starts, in seconds of the source, or of the new sound where there is no source.
    public let start: Double
    /// The latent without noise, [1, T, F, C].
    private let latent: Tensor
    private let loaded: LoadedModel

    init(start: Double, latent: Tensor, _ loaded: LoadedModel) {
        self.start = start
        self.latent = latent
        self.loaded = loaded
    }

    /// The number of mel frames in a second.
    public var framesPerSecond: Double { loaded.model.frontEnd.frameRate }

    /// The length of the preview in seconds.
    public var duration: Double { Double(latent.shape[1] * loaded.grid.factor) / framesPerSecond }

    /// Decodes the preview to a log-mel.
    /// - Returns: the log-mel in nepers, [1, frames, bands].
    /// - Throws: `CheckpointError` where the autoencoder cannot be loaded.
    public func mel() throws -> Tensor { try loaded.model.autoencoder().decode(latent) }

    /// Decodes the preview and makes it a sound of one channel, as the model hears it: not yet fitted into the source.
    /// - Throws: `CheckpointError` where the autoencoder or the vocoder cannot be loaded.
    public func sound() throws -> Waveform {
        let vocoder = try loaded.vocoder.model.vocoder()
        let samples = vocoder(loaded.vocoder.completed(try mel()))
        return Waveform(channels: [samples.elements], rate: loaded.vocoder.rate)
    }
}
