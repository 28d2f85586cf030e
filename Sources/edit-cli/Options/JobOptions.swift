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

    @Option(
        help: ArgumentHelp(
            "A model's folder to take the vocoder from, or default: the bundled model's. (default: its own)",
            valueName: "dir"))
    var vocoder: String?

    @Option(help: ArgumentHelp("The same seed gives the same sound.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Denoising steps: more take longer and sound better.", valueName: "n"))
    var steps: Int?

    @Option(
        help: ArgumentHelp("How strongly the prompt is followed: 1 without emphasis, 0 not at all.", valueName: "w"))
    var guidance: Double?

    @Option(
        help: ArgumentHelp(
            "Noise-to-signal ratios at which the prompt is followed so. (default: all)", valueName: "low-high"),
        transform: Self.interval)
    var guidanceInterval: ClosedRange<Double>?

    @Option(help: ArgumentHelp("What shall not be heard.", valueName: "text"))
    var negativePrompt: String?

    @Option(
        help: ArgumentHelp("The solver: ddim or dpm++.", valueName: "name"),
        transform: Choice.parse)
    var sampler: Sampler?

    @Option(help: ArgumentHelp("Fresh noise in each ddim step, 0 to 1.", valueName: "x"))
    var eta: Double = 0

    @Option(
        help: ArgumentHelp(
            "Passes over each step: more fit the surroundings better, for as much more time.", valueName: "n"))
    var resampling: Int?

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
            guidanceInterval: guidanceInterval, sampler: sampler, eta: eta, resampling: resampling)
    }

    /// nil for the model's own; the word `default` stands for the bundled model.
    private var vocoderFolder: URL? {
        get throws {
            guard let vocoder else { return nil }
            guard vocoder == "default" else { return URL(fileURLWithPath: vocoder, isDirectory: true) }
            guard let bundled = Model.bundledFolder else { throw EditingError.noDefaultModel }
            return bundled
        }
    }

    /// Reads `low-high`.
    private static func interval(_ text: String) throws -> ClosedRange<Double> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Double($0) }
        guard ends.count == 2, ends[0] <= ends[1] else {
            throw ValidationError("LOW-HIGH expected, two ratios of noise to signal (0.2-5)")
        }
        return ends[0]...ends[1]
    }

    /// Refuses settings that are out of their range in the user's words.
    /// - Parameter others: throws for those of the command itself.
    func check(for job: Job, prompt: String?, others: () throws -> Void) throws {
        do {
            try others()
            _ = try settings(for: job, prompt: prompt)
        } catch {
            throw ValidationError("\(error)")
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
            report = try work(
                try Editor(model: model.folder, vocoder: vocoderFolder, headRule: model.heads), target, bar.show)
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
