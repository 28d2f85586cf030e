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
        if let cutoff, !(cutoff > 0 && cutoff.isFinite) {
            throw ValidationError("--cutoff: Hz above 0 expected, found \(cutoff)")
        }
        if let rate, !(1...1_000_000).contains(rate) {
            throw ValidationError("--rate: 1 to 1000000 Hz expected, found \(rate)")
        }
        try options.check(for: .upsample, prompt: nil, strength: strength)
    }

    func run() throws {
        try options.perform(.upsample) { editor, output, progress in
            try editor.upsample(
                URL(fileURLWithPath: input), to: output.url, cutoff: cutoff, rate: rate, strength: strength,
                settings: options.settings(for: .upsample, prompt: nil), writing: output.writing, progress: progress)
        }
    }
}
