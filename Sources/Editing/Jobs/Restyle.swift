public import Foundation

extension Editor {
    /// Draws a sound towards a prompt.
    ///
    /// - Parameters:
    ///   - strength: 0 (the source as it is) ... 1 (a new sound of the same length).
    ///   - regions: where; none for everywhere.
    /// - Throws: `EditingError`, `AudioError`, `CheckpointError`, and what `progress` throws.
    public func restyle(
        _ source: URL, to output: URL, strength: Double, regions: [Region] = [], settings: Settings,
        writing: OutputOptions = OutputOptions(), progress: ProgressHandler = { _ in }
    ) throws -> Report {
        return try edit(
            .restyle, source, to: output, regions: regions, strength: strength, settings: settings, writing: writing,
            progress: progress)
    }
}
