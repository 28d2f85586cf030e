public import Foundation

extension Editor {
    /// Fills regions of a sound anew, from what is around them and, if there is one, the prompt.
    ///
    /// Everything outside the regions stays bit for bit, as far as the output's format can hold it.
    /// - Parameters:
    ///   - regions: within the file; those that touch or overlap count as one.
    /// - Throws: `EditingError`, `AudioError`, `CheckpointError`, and what `progress` throws.
    public func inpaint(
        _ source: URL, to output: URL, regions: [Region], settings: Settings, writing: OutputOptions = OutputOptions(),
        progress: ProgressHandler = { _ in }
    ) throws -> Report {
        guard !regions.isEmpty else { throw EditingError.noRegions }
        return try edit(
            .inpaint, source, to: output, regions: regions, strength: 1, settings: settings, writing: writing,
            progress: progress)
    }
}
