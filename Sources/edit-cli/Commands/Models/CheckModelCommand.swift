internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct CheckModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look at every tensor of a model, and say what can be done with it.",
        discussion: "The exit status is 1 where something is wrong.")

    @Argument(
        help: "A folder in diffusers' layout, or an original file. (default: the bundled model)", completion: .file())
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Attention heads of an AudioLDM: config (as diffusers) or original (as trained).", valueName: "rule"),
        transform: Choice.parse)
    var heads: HeadRule = .config

    @Flag(help: "List every tensor.")
    var tensors = false

    @OptionGroup var screen: ScreenOptions

    func run() throws {
        guard let place = model.map({ URL(fileURLWithPath: $0) }) ?? Model.bundledFolder else {
            throw EditingError.noDefaultModel
        }
        let bar = screen.progressBar("check")
        let inspection: ModelInspection
        do {
            defer { bar.finish() }
            inspection = try ModelInspection(of: place, headRule: heads) {
                bar.show(EditProgress(stage: $0, fraction: $1))
            }
        }
        if !screen.quiet {
            StandardOutput.print(FactSheet(inspection, name: model ?? "the bundled model").text)
            if tensors { for part in inspection.parts { part.printTensors() } }
        }
        if !inspection.isSound { throw ExitCode(1) }
    }
}

extension ModelInspection.Part {
    fileprivate func printTensors() {
        for tensor in listing {
            StandardOutput.print("\(part.rawValue)  \(tensor.name.printable)  \(tensor.type) \(tensor.shape)")
        }
    }
}

extension FactSheet {
    /// What was found in a model.
    init(_ inspection: ModelInspection, name: String) {
        add("model", FilePath.readable(name))
        if inspection.isOriginal {
            add(
                "kind",
                "an original file, \(inspection.isAveraged ? "with averaged weights" : "without averaged weights"); "
                    + "\(inspection.passedOver) tensors that no network uses")
        } else {
            add("kind", "a folder in diffusers' layout")
        }
        for part in inspection.parts {
            let types = part.types.sorted { $0.value > $1.value }.map(\.key).joined(separator: ", ")
            let flaws = part.flaws.isEmpty ? "sound" : "\(part.flaws.count) flaw\(part.flaws.count == 1 ? "" : "s")"
            add(
                part.part.rawValue,
                String(
                    format: "%d tensors, %.2f million numbers (%@): %@", part.tensors, Double(part.parameters) / 1e6,
                    types, flaws))
        }
        switch inspection.checkedFiles {
        case nil: add("checksums", inspection.isOriginal ? "none are published with it" : "no SHA256SUMS in it")
        case let count?: add("checksums", "\(count) files in SHA256SUMS")
        }
        let (heads, trained) = (inspection.heads, inspection.trainedHeads)
        let list = heads.map(String.init).joined(separator: ", ")
        add(
            "heads",
            heads == trained
                ? "\(list), as AudioLDM's are trained"
                : "\(list); AudioLDM's of this size are trained with \(trained.map(String.init).joined(separator: ", ")): --heads original"
        )
        for (index, ability) in inspection.abilities.enumerated() { add(index == 0 ? "can" : "", ability) }
        for (index, need) in inspection.needs.enumerated() {
            add(
                index == 0 ? "memory" : "",
                String(format: "%@: about %.2f GB for %.2f s at once", need.job, Double(need.bytes) / 1e9, need.seconds)
            )
        }
        for part in inspection.parts {
            for flaw in part.flaws { add("flaw", "\(part.part.rawValue): \(flaw)") }
        }
        for flaw in inspection.flaws { add("flaw", flaw) }
        let count = inspection.flaws.count + inspection.parts.reduce(0) { $0 + $1.flaws.count }
        add("verdict", count == 0 ? "sound" : "\(count) flaw\(count == 1 ? "" : "s")")
    }
}
