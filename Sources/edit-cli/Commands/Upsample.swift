internal import ArgumentParser
internal import Editing
internal import Foundation

struct Upsample: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add the high frequencies that a sound lacks; its own band stays.",
        discussion: Job.upsample.discussion)

    @Argument(help: "The sound file to edit.", completion: .file())
    var input: String

    @Option(
        help: ArgumentHelp("Where the sound's own band ends. (default: found in its spectrum)", valueName: "hz"))
    var cutoff: Double?

    @Option(
        help: ArgumentHelp(
            "Sampling rate of the output. (default: the model's, or the file's if higher)", valueName: "hz"))
    var rate: Int?

    @Option(
        help: ArgumentHelp(
            "From 0, what the new band most likely is, which is a little blurred, to 1, made from nothing. "
                + "(default: \(Editor.defaultUpsampleStrength))",
            valueName: "x"))
    var strength: Double?

    @OptionGroup var options: JobOptions

    func validate() throws {
        try options.check(for: .upsample, prompt: nil) {
            if let cutoff { try Editor.check(cutoff: cutoff) }
            if let rate { try Editor.check(rate: rate) }
            if let strength { try Editor.check(strength: strength) }
        }
    }

    func run() throws {
        try options.perform(.upsample) { editor, output, progress in
            try editor.upsample(
                URL(fileURLWithPath: input), to: output.url, cutoff: cutoff, rate: rate, strength: strength,
                settings: options.settings(for: .upsample, prompt: nil), writing: output.writing, progress: progress)
        }
    }
}
