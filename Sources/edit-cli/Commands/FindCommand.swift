internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct FindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Find clicks, dropouts, clipping or what sounds like an example, and fill it.",
        usage: """
            edit-cli find clicks|dropouts|clipping <input> [<options>]
            edit-cli find --like <start-end|file> <input> [<options>]
            """,
        discussion: """
            Prints a label track, as Audacity reads and writes it: start and end in seconds and a word with the confidence. With --fill
            what is found is filled at once.
            """)

    @Argument(
        help: ArgumentHelp(
            "clicks, dropouts or clipping, and the sound file, or - for standard input; with --like the file alone.",
            valueName: "what"),
        completion: .file())
    var words: [String]

    @Option(
        help: ArgumentHelp(
            "What to look for: a part of the sound, in seconds or h:mm:ss.sss, or a sound file.",
            valueName: "start-end|file"))
    var like: String?

    @Option(help: ArgumentHelp("How sure a place has to be, 0 to 1. (default: 0.5; --like: 0.7)", valueName: "x"))
    var confidence: Double?

    @Flag(help: "Print JSON instead of labels.")
    var json = false

    @Flag(help: "Fill what is found and write the sound to --output.")
    var fill = false

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The file to write, whose extension says the format, or - for WAV on standard output.", valueName: "out"))
    var output: String?

    @Option(
        help: ArgumentHelp("pcm16, pcm24 or float32. (default: the source's)", valueName: "name"),
        transform: Choice.parse)
    var encoding: SampleEncoding?

    @OptionGroup var model: ModelOption

    @OptionGroup var threads: ThreadsOption

    @OptionGroup var mark: MarkOption

    @Flag(help: "Replace the output file if it exists.")
    var force = false

    @OptionGroup var screen: ScreenOptions

    func validate() throws {
        try NamedSound.validate([words.last, like])
        if let confidence, !(0...1).contains(confidence) {
            throw ValidationError("--confidence: 0 to 1 expected, found \(confidence)")
        }
        if fill != (output != nil) {
            throw ValidationError(
                fill ? "--fill: --output expected, the file to write" : "--output: --fill expected with it")
        }
        if like == nil {
            guard words.count == 2, Fault(rawValue: words[0]) != nil else {
                throw ValidationError(
                    "clicks, dropouts or clipping and a sound file expected, or --like with a sound file")
            }
        } else if words.count != 1 {
            throw ValidationError("--like: one sound file expected with it, found \(words.count) words")
        }
    }

    func run() throws {
        threads.apply()
        let destination = try output.map {
            try NamedSound.destination($0, overwrites: force, isMarked: !mark.isUnmarked)
        }
        let source = try NamedSound.open(words[words.count - 1])
        let findings = try findings(in: source)
        let list = json ? try findings.jsonText : labels(findings)
        // Labels end their lines, and none of them is no line.
        if !list.isEmpty { NamedSound.print(list, beside: output) }
        guard fill, let destination else { return }
        guard !findings.isEmpty else {
            throw Failure(
                description: "\(source.label): nothing was found that could be filled, and nothing was written")
        }
        let isClipping = words[0] == Fault.clipping.rawValue && like == nil
        let request = try Inpaint(
            regions: findings.map(\.region), start: isClipping ? .prediction : .auto, isBeyondSource: isClipping,
            settings: Settings(for: Inpaint.self, encoding: encoding))
        let bar = screen.progressBar("fill")
        let report: EditReport
        do {
            defer { bar.finish() }
            let editor = try Editor(
                model: model.folder, headRule: model.heads, precision: model.precision, hashes: .ofUser)
            report = try editor.perform(request, from: source, to: destination, listener: bar.show)
        }
        if !screen.quiet { StandardError.write(report.text(regions: false) + "\n") }
    }

    private func findings(in source: AudioFile) throws -> [Finding] {
        guard let like else {
            guard let fault = Fault(rawValue: words[0]) else { preconditionFailure("a fault that was not checked") }
            return try Find.faults(fault, in: source, least: confidence ?? 0.5)
        }
        let least = confidence ?? 0.7
        if let span = TimeSpan(like) {
            let region = span.region(rate: source.rate, frames: source.frames)
            do {
                return try Find.places(like: region, of: source, least: least)
            } catch let error as EditingError {
                throw Failure(description: error.description.replacing(/^(region|example:)/, with: "--like"))
            }
        }
        return try Find.places(like: NamedSound.open(like), in: source, least: least)
    }

    /// The word of a label.
    private var word: String {
        like == nil ? words[0] == "clicks" ? "click" : words[0] == "dropouts" ? "dropout" : "clipping" : "like"
    }

    private func labels(_ findings: [Finding]) -> String {
        findings.map { finding in
            String(
                format: "%.6f\t%.6f\t%@ %.2f", finding.region.start, finding.region.end, word, finding.confidence)
        }.joined(separator: "\n")
    }
}

/// What stands in the way, in one line.
private struct Failure: Error, CustomStringConvertible {
    let description: String
}
