public import Foundation

extension Editor {
    /// How far a fill without a prompt goes from its draft, unless it is said otherwise: measured as the best of 0.1 to 1.
    public static let defaultFillStrength = 0.1

    /// Fills regions of a sound anew, from what is around them and, if there is one, the prompt.
    ///
    /// A fill begins with the passage of its surroundings that fits best, and is changed by `strength`: so tones and rhythms go on.
    /// Where no passage is as long as the region, it is made from nothing.
    /// Everything outside the regions stays bit for bit, as far as the output's format can hold it.
    /// - Parameters:
    ///   - regions: within the file; those that touch or overlap count as one.
    ///   - strength: 0 (that passage as it is) ... 1 (from nothing); nil: `defaultFillStrength`, with a prompt 1.
    /// - Throws: `EditingError`, `AudioError`, `CheckpointError`, and what `progress` throws.
    public func inpaint(
        _ source: URL, to output: URL, regions: [Region], strength: Double? = nil, settings: Settings,
        writing: OutputOptions = OutputOptions(), progress: ProgressHandler = { _ in }
    ) throws -> Report {
        guard !regions.isEmpty else { throw EditingError.noRegions }
        let strength = strength ?? (settings.prompt == nil ? Self.defaultFillStrength : 1)
        return try edit(
            .inpaint, source, to: output, regions: regions, strength: strength, settings: settings, writing: writing,
            progress: progress)
    }
}
