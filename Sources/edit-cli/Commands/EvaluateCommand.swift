internal import ArgumentParser
internal import Core
internal import Editing
internal import Evaluation
internal import Foundation

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure sounds that were made against sounds as they should be.",
        discussion:
            "Two folders are compared as sets, two files as a pair. The figures are defined in docs/evaluation.md.")

    @Argument(help: "The sounds as they should be, a folder or a file.", completion: .file())
    var reference: String

    @Argument(help: "The sounds that were made, a folder or a file.", completion: .file())
    var output: String

    @Flag(help: "Compare each output with the reference of the same name, too.")
    var pairs = false

    @Option(
        help: ArgumentHelp(
            "What the sounds are said to be: lines of a name, a tab and a caption. Adds the CLAP score.",
            valueName: "file"))
    var captions: String?

    @Option(
        help: ArgumentHelp(
            "PANNs' Cnn14 as its authors publish it (.pth), to hear with. (default: the model's audio tower)",
            valueName: "file"))
    var network: String?

    @OptionGroup var model: ModelOption

    @OptionGroup var threads: ThreadsOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        threads.apply()
        let bar = ProgressBar("evaluate", isQuiet: json)
        defer { bar.finish() }
        let references = try SoundSet(URL(fileURLWithPath: reference))
        let outputs = try SoundSet(URL(fileURLWithPath: output))
        let table = try captions.map { try Captions(URL(fileURLWithPath: $0)) }
        let classifier = try network.map { try Cnn14(file: URL(fileURLWithPath: $0)) }
        let tower = classifier == nil || table != nil ? try model.tower() : nil
        guard let hearing: any SoundNetwork = classifier ?? tower else { preconditionFailure("no network") }
        let comparison = try Comparison(
            of: references, outputs, arePairs: pairs, captions: table, by: hearing, tower: tower, progress: bar.show)
        bar.finish()
        if json {
            StandardOutput.print(try comparison.jsonText)
        } else {
            StandardOutput.print(comparison.text)
        }
    }
}

extension Comparison {
    /// The table for people, without a last line end.
    var text: String {
        let sounds =
            pairs.map { $0 == 1 ? "1 pair" : "\($0) pairs" } ?? "\(references) references and \(outputs) outputs"
        var lines = ["\(sounds); heard by \(network)", ""]
        let width = measures.map(\.kind.title.count).max() ?? 0
        for measure in measures {
            let interval =
                measure.interval.map { "\(Self.number($0.low)) to \(Self.number($0.high))" } ?? "too few to tell"
            lines.append(
                measure.kind.title.padding(toLength: width + 2, withPad: " ", startingAt: 0)
                    + Self.column(Self.number(measure.value), 10) + " " + (measure.kind.unit ?? "  ") + "  "
                    + interval.padding(toLength: 22, withPad: " ", startingAt: 0) + measure.kind.direction)
        }
        lines += notes.map { "note: \($0)" }
        return lines.joined(separator: "\n")
    }

    private static func number(_ value: Double) -> String { String(format: abs(value) < 100 ? "%.3f" : "%.1f", value) }

    private static func column(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension Measure.Kind {
    /// The figure's name for people.
    fileprivate var title: String {
        switch self {
        case .frechetDistance: "Frechet distance, sounds"
        case .frechetAudioDistance: "Frechet distance, windows"
        case .inceptionScore: "inception score"
        case .inceptionScoreOfReferences: "  of the references"
        case .divergence: "KL divergence of classes"
        case .clapScore: "CLAP score"
        case .clapScoreOfReferences: "  of the references"
        case .logSpectralDistance: "log-spectral distance"
        case .signalToDistortion: "SI-SDR"
        case .melError: "mel error"
        case .melLevel: "mel level"
        case .texture: "texture"
        case .seam: "seam"
        }
    }

    /// Which way is better.
    fileprivate var direction: String {
        switch self {
        case .frechetDistance, .frechetAudioDistance, .divergence, .logSpectralDistance, .melError: "less is better"
        case .inceptionScore, .clapScore, .signalToDistortion: "more is better"
        case .inceptionScoreOfReferences, .clapScoreOfReferences: ""
        case .melLevel: "0 is as loud"
        case .texture: "1 is as lively"
        case .seam: "below 0 is no click"
        }
    }
}
