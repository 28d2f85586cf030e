internal import Foundation

extension Editor {
    /// Does what a recipe says. The model is this editor's, whatever the recipe names.
    /// - Throws: `EditingError.recipeLacks` for a recipe that leaves out what its job needs, and what the job throws.
    public func perform(
        _ recipe: Recipe, writing: OutputOptions = OutputOptions(), progress: ProgressHandler = { _ in }
    ) throws -> Report {
        func needed<T>(_ value: T?, _ name: String) throws(EditingError) -> T {
            guard let value else { throw .recipeLacks(name: name, job: recipe.job) }
            return value
        }
        let output = URL(fileURLWithPath: recipe.output)
        func source() throws(EditingError) -> URL { URL(fileURLWithPath: try needed(recipe.source, "source")) }
        switch recipe.job {
        case .generate:
            return try generate(
                duration: needed(recipe.duration, "duration"), takes: recipe.takes, to: output,
                settings: recipe.settings, writing: writing, progress: progress)
        case .inpaint:
            return try inpaint(
                source(), to: output, regions: recipe.regions, strength: recipe.strength, settings: recipe.settings,
                writing: writing, progress: progress)
        case .upsample:
            return try upsample(
                source(), to: output, cutoff: recipe.cutoff, rate: recipe.rate, strength: recipe.strength,
                settings: recipe.settings, writing: writing, progress: progress)
        case .restyle:
            return try restyle(
                source(), to: output, strength: needed(recipe.strength, "strength"), regions: recipe.regions,
                settings: recipe.settings, writing: writing, progress: progress)
        }
    }
}
