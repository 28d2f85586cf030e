internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// What all four jobs take.
struct JobOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file to write; its extension says the format.", valueName: "out"))
    var output: String

    @OptionGroup var model: ModelOption

    @Option(help: ArgumentHelp("The same seed gives the same sound.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Denoising steps: more take longer and sound better.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("How strongly the prompt is followed; 1 is not at all.", valueName: "w"))
    var guidance: Double?

    @Option(help: ArgumentHelp("What shall not be heard.", valueName: "text"))
    var negativePrompt: String?

    @Option(
        help: ArgumentHelp("The solver: ddim or dpm++.", valueName: "name"),
        transform: Choice.parse)
    var sampler: Sampler?

    @Option(help: ArgumentHelp("Fresh noise in each ddim step, 0 to 1.", valueName: "x"))
    var eta: Double = 0

    @OptionGroup var threads: ThreadsOption

    @Option(
        help: ArgumentHelp(
            "pcm16, pcm24 or float32. (default: the source's; generate: pcm16)", valueName: "name"),
        transform: Choice.parse)
    var encoding: OutputOptions.Encoding?

    @Flag(help: "Replace the output file if it exists.")
    var force = false

    @Flag(help: "Print no progress and no report.")
    var quiet = false
}

extension JobOptions {
    func settings(for job: Job, prompt: String?) throws(EditingError) -> Settings {
        try Settings(
            for: job, prompt: prompt, negativePrompt: negativePrompt, seed: seed, steps: steps, guidance: guidance,
            sampler: sampler, eta: eta)
    }

    /// Refuses settings that are out of their range in the user's words.
    func check(for job: Job, prompt: String?) throws {
        do {
            _ = try settings(for: job, prompt: prompt)
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// Loads the model, does the work with a progress bar, and prints the report.
    func perform(_ job: Job, _ work: (Editor, OutputFileOptions, ProgressHandler) throws -> Report) throws {
        threads.apply()
        let bar = ProgressBar(job.rawValue, isQuiet: quiet)
        let target = OutputFileOptions(
            url: URL(fileURLWithPath: output), writing: OutputOptions(encoding: encoding, overwrites: force))
        let report: Report
        do {
            report = try work(try Editor(model: model.folder, headRule: model.heads), target, bar.show)
        } catch {
            bar.finish()
            throw error
        }
        bar.finish()
        if !quiet { print(report.text) }
    }
}

/// Where and how a result is written.
struct OutputFileOptions {
    let url: URL
    let writing: OutputOptions
}
