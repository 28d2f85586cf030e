public import Foundation

extension Editor {
    /// Adds the band that a sound lacks above its cut-off frequency; its own band is kept.
    ///
    /// - Parameters:
    ///   - cutoff: in Hz; nil finds it in the spectrum.
    ///   - rate: of the result, in Hz; nil takes the model's, or the file's if that is higher.
    /// - Throws: `EditingError`, `AudioError`, `CheckpointError`, and what `progress` throws.
    public func upsample(
        _ source: URL, to output: URL, cutoff: Double? = nil, rate: Int? = nil, settings: Settings,
        writing: OutputOptions = OutputOptions(), progress: ProgressHandler = { _ in }
    ) throws -> Report {
        throw EditingError.noDefaultModel
    }
}
