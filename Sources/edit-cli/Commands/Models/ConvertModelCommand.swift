internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct ConvertModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write one of AudioLDM's original files as a folder in diffusers' layout.")

    @Argument(help: "The original file, .ckpt or .pth.", completion: .file(extensions: ["ckpt", "pth"]))
    var file: String

    @Argument(help: "The folder to write.", completion: .directory)
    var folder: String

    @Option(
        help: ArgumentHelp(
            "A folder with RoBERTa's vocab.json and merges.txt, which are not in the file. (default: tokenizer/ beside it)",
            valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var screen: ScreenOptions

    func run() throws {
        let bar = screen.progressBar("convert")
        let made: ModelConversion
        do {
            defer { bar.finish() }
            made = try ModelConversion(
                of: URL(fileURLWithPath: file), to: URL(fileURLWithPath: folder),
                tokenizer: tokenizer.map { URL(fileURLWithPath: $0, isDirectory: true) }
            ) { bar.show(EditProgress(stage: "write", fraction: $0)) }
        }
        guard !screen.quiet else { return }
        var facts = FactSheet()
        facts.add("model", folder)
        facts.add("parts", made.parts.map(\.rawValue).joined(separator: ", "))
        facts.add(
            "unet",
            made.isAveraged ? "the averaged weights" : "the weights of the last step: there are no averaged ones")
        facts.add("passed over", "\(made.passedOver) tensors that no network uses")
        StandardOutput.print(facts.text)
    }
}
