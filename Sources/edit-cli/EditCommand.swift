internal import ArgumentParser
internal import Batch
internal import Core
internal import Editing
internal import Foundation

/// A command that makes an edit: its options are a request.
protocol EditCommand: ParsableCommand, Sendable {
    associatedtype Request: EditRequest

    var options: JobOptions { get }

    /// The sound to edit; nil for one made from nothing.
    var source: SourceOptions? { get }

    /// How often the edit is made; nil for a job that chooses among takes by itself.
    var takes: TakesOptions? { get }

    /// What the options ask for.
    /// - Parameter source: the sound, which tells what a time before its end is; nil before it is opened.
    func request(for source: AudioFile?) throws -> Request

    /// Whether the options say what is to be edited, and not lists beside the sounds of a folder.
    var hasPlace: Bool { get }

    /// The same for one sound of a folder; nil where nothing is to be done to that.
    func beside(_ sound: URL) -> Self?
}

extension EditCommand {
    /// Refuses what is out of its range before a model is opened, in the words of the options.
    func validate() throws {
        do {
            if source?.isFolder != true || hasPlace { _ = try request(for: nil) }
        } catch let error as EditingError {
            throw ValidationError(error.inOptions)
        }
        if source?.isInPlace == true, options.result.output != nil {
            throw ValidationError("give either --output or --in-place, not both")
        }
        if source?.isInPlace != true, options.result.output == nil, !options.result.isDryRun {
            throw ResultOptions.noOutput
        }
        if source?.isInPlace == true, source?.input == NamedSound.stream {
            throw ValidationError("--in-place: a sound file expected, found standard input")
        }
        if takes?.keepAll == true, options.result.output == NamedSound.stream {
            throw ValidationError("--keep-all: a file as --output expected with it, found standard output")
        }
    }

    func run() throws {
        if let source, source.isFolder { return try runInFolder(source) }
        let inPlace = source?.isInPlace == true ? source?.input : nil
        if options.result.isDryRun {
            return try options.result.forecast(inPlaceOf: inPlace) {
                let source = try source?.open()
                var forecast = try Editor(options.reference).forecast(request(for: source), from: source)
                // All takes are tried, and those that are kept are made again.
                if let takes, takes.count > 1 { forecast.makings = takes.count + (takes.keepAll ? takes.count : 1) }
                return forecast
            }
        }
        try options.result.write(Request.job, inPlaceOf: inPlace) { listener, destination in
            let editor = try Editor(options.reference, hashes: .ofUser)
            let source = try source?.open()
            let report = try best(of: request(for: source), editor, source, destination, listener)
            return (editor, source, report)
        }
    }

    /// Makes the edit, or its takes, of which the best is kept under the name that was asked for.
    private func best(
        of request: Request, _ editor: Editor, _ source: AudioFile?, _ destination: FileDestination,
        _ listener: (EditEvent) throws -> Void
    ) throws -> EditReport {
        guard let takes, takes.count > 1 else {
            return try editor.perform(request, from: source, to: destination, listener: listener)
        }
        let destinations = takes.destinations(destination)
        if let there = destinations.first(where: {
            !$0.overwrites && !$0.isStream && FileManager.default.fileExists(atPath: $0.url.path)
        }) {
            throw AudioError.exists(file: there.label ?? there.url.path)
        }
        let ranked = try editor.takes(takes.count, of: request, from: source, listener: listener)
        // The best last: when it is there, all are.
        var report: EditReport?
        for (take, destination) in zip(ranked, destinations).reversed() {
            report = try editor.perform(take.request, from: source, to: destination, listener: listener)
        }
        guard let report else { preconditionFailure("no take was made") }
        return report
    }

    /// The edit as one of many.
    /// - Parameter output: the file of the result.
    func job(input: String?, output: String) -> BatchJob {
        BatchJob(input: input, output: output) { source in
            var request = try request(for: source)
            request.settings.model = options.reference
            return request
        }
    }

    /// Edits each sound of a folder, into a folder of the same tree.
    private func runInFolder(_ source: SourceOptions) throws {
        guard !source.isInPlace, let output = options.result.output else {
            throw ValidationError("--in-place: a sound file expected, found the folder \(source.input)")
        }
        guard output != NamedSound.stream else {
            throw ValidationError(
                "--output: a folder expected for the sounds of \(source.input), found standard output")
        }
        if takes?.count ?? 1 > 1 {
            throw ValidationError("--takes: a sound file expected with it, found the folder \(source.input)")
        }
        if options.result.isDryRun {
            throw ValidationError("--dry-run: a sound file expected with it, found the folder \(source.input)")
        }
        let (from, to) = (URL(fileURLWithPath: source.input), URL(fileURLWithPath: output))
        guard from.resolvingSymlinksInPath().path != to.resolvingSymlinksInPath().path else {
            throw ValidationError("--output: another folder than \(source.input) expected, so that its sounds stay")
        }
        let folder = try SoundFolder(from, except: to)
        guard !folder.sounds.isEmpty else {
            throw ValidationError("\(source.input): sounds expected, found none in it")
        }
        let jobs = folder.sounds.compactMap { sound -> BatchJob? in
            let file = folder.file(of: sound)
            return beside(file)?.job(input: file.relativePath, output: SoundFolder.result(of: sound, in: output))
        }
        guard !jobs.isEmpty else {
            throw ValidationError(
                "\(source.input): a list of regions beside each sound expected (NAME.txt), found none; "
                    + "or give --region or --regions-from")
        }
        options.result.threads.apply()
        try source.batch.run(
            jobs, screen: options.result.screen, salvage: source.salvage, overwrites: options.result.force,
            isMarked: !options.result.mark.isUnmarked)
    }

    var hasPlace: Bool { true }

    func beside(_ sound: URL) -> Self? { self }
}

extension EditRequest {
    /// The end of a job's help: the settings it has unless others are asked for.
    static var discussion: String {
        let prompted = defaults.promptedGuidance
        return "Unless you say otherwise: \(defaults.steps) steps, guidance \(defaults.guidance)"
            + (prompted == defaults.guidance ? "" : " (\(prompted) with --prompt or --like)")
            + (defaults.guidanceInterval.map { " at noise-to-signal ratios \(CommandWords.interval($0))" } ?? "")
            + ", sampler \(defaults.sampler.rawValue)."
    }
}
