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
        guard strength >= 0, strength <= 1 else {
            throw EditingError.setting(name: "--strength", expected: "0 to 1", found: "\(strength)")
        }
        return try edit(
            .restyle, source, to: output, regions: regions, strength: strength, settings: settings, writing: writing,
            progress: progress)
    }
}
