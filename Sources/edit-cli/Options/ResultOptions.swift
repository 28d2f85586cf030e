internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// What all commands take that write a sound.
struct ResultOptions: ParsableArguments, Sendable {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The file to write, whose extension says the format, or - for WAV on standard output.", valueName: "out"))
    var output: String?

    @OptionGroup var threads: ThreadsOption

    @Flag(help: "Write beside the output, as OUT.json, all that it takes to make it again.")
    var recipe = false

    @OptionGroup var mark: MarkOption

    @Flag(name: .customLong("dry-run"), help: "Say what would be done, and what it would take, and write nothing.")
    var isDryRun = false

    @Flag(help: "Replace the output file if it exists.")
    var force = false

    @Option(
        help: ArgumentHelp("How the report is printed: text or json.", valueName: "form"),
        transform: Choice.parse)
    var report = ReportStyle.text

    @OptionGroup var screen: ScreenOptions
}

extension ResultOptions {
    /// What is said where no output is named.
    static let noOutput = ValidationError("missing expected argument '--output <out>'")

    func validate() throws {
        if recipe, output == NamedSound.stream {
            throw ValidationError("--recipe: a file as --output expected with it, found standard output")
        }
    }

    /// Says what would be done, and what it would take.
    /// - Parameters:
    ///   - input: the sound file that would be replaced; nil for the output that is named.
    ///   - work: gives the forecast.
    func forecast(inPlaceOf input: String? = nil, _ work: () throws -> EditForecast) throws {
        threads.apply()
        if input == nil, !force, let output, output != NamedSound.stream,
            FileManager.default.fileExists(atPath: output)
        {
            throw AudioError.exists(file: FilePath.readable(output))
        }
        NamedSound.print(try work().text(report), beside: output)
    }

    /// Makes the sound with a progress bar, and prints the report.
    /// - Parameters:
    ///   - job: what is done.
    ///   - input: the sound file that is replaced; nil for the output that is named.
    ///   - work: is handed what listens to the edit, and where the sound goes; gives who made it, of what, and the report.
    func write(
        _ job: String, inPlaceOf input: String? = nil,
        _ work: (_ listener: (EditEvent) throws -> Void, FileDestination) throws -> (Editor, AudioFile?, EditReport)
    ) throws {
        threads.apply()
        guard let name = input ?? output else { throw Self.noOutput }
        let recipeURL = URL(fileURLWithPath: name + ".json")
        let force = force || input != nil
        if recipe, !force, FileManager.default.fileExists(atPath: recipeURL.path) {
            throw AudioError.exists(file: recipeURL.relativePath)
        }
        let destination = try NamedSound.destination(name, overwrites: force, isMarked: !mark.isUnmarked)
        let bar = screen.progressBar(job)
        let made: EditReport
        do {
            defer { bar.finish() }
            let (editor, source, report) = try work(bar.show, destination)
            made = report
            if recipe {
                let data = try editor.recipe(of: report, from: source).data()
                try OutputFile.write(data, to: recipeURL, overwrite: force)
            }
        }
        if !screen.quiet { NamedSound.print(report == .json ? try made.json : made.text, beside: name) }
    }
}
