internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// What all commands take that write a sound.
struct ResultOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file to write; its extension says the format.", valueName: "out"))
    var output: String

    @OptionGroup var threads: ThreadsOption

    @Flag(help: "Write beside the output, as OUT.json, all that it takes to make it again.")
    var recipe = false

    @Flag(help: "Replace the output file if it exists.")
    var force = false

    @Flag(help: "Print no progress and no report.")
    var quiet = false
}

extension ResultOptions {
    private var url: URL { URL(fileURLWithPath: output) }
    private var recipeURL: URL { URL(fileURLWithPath: output + ".json") }

    /// Makes the sound with a progress bar, and prints the report.
    /// - Parameters:
    ///   - job: what is done.
    ///   - work: is handed what listens to the edit, and where the sound goes; gives who made it, of what, and the report.
    func write(
        _ job: String,
        _ work: (_ listener: (EditEvent) throws -> Void, FileDestination) throws -> (Editor, AudioFile?, EditReport)
    ) throws {
        threads.apply()
        if recipe, !force, FileManager.default.fileExists(atPath: recipeURL.path) {
            throw AudioError.exists(file: recipeURL.relativePath)
        }
        let bar = ProgressBar(job, isQuiet: quiet)
        let report: EditReport
        do {
            defer { bar.finish() }
            let (editor, source, made) = try work(bar.show, FileDestination(url, overwrites: force))
            report = made
            if recipe {
                let data = try editor.recipe(of: report, from: source).data()
                try OutputFile.write(data, to: recipeURL, overwrite: force)
            }
        }
        if !quiet { print(report.text) }
    }
}
