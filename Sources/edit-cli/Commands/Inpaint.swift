internal import ArgumentParser
internal import Editing
internal import Foundation

struct Inpaint: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fill regions of a sound anew; every sample outside them stays.",
        discussion: Job.inpaint.discussion)

    @Argument(help: "The sound file to edit.", completion: .file())
    var input: String

    @Option(
        name: .customLong("region"), parsing: .singleValue,
        help: ArgumentHelp(
            "What to fill, in seconds or h:mm:ss.sss; may be given several times.", valueName: "start-end"),
        transform: Region.parse)
    var regions: [Region]

    @Option(
        help: ArgumentHelp("What shall be heard there. (default: what the surroundings say)", valueName: "text"))
    var prompt: String?

    @Option(
        help: ArgumentHelp(
            "From 0, the passage of the surroundings that fits best, to 1, made from nothing. "
                + "(default: \(Editor.defaultFillStrength); with a prompt 1)",
            valueName: "x"))
    var strength: Double?

    @OptionGroup var options: JobOptions

    func validate() throws {
        try options.check(for: .inpaint, prompt: prompt) {
            if let strength { try Editor.check(strength: strength) }
        }
    }

    func run() throws {
        try options.perform(.inpaint) { editor, output, progress in
            try editor.inpaint(
                URL(fileURLWithPath: input), to: output.url, regions: regions, strength: strength,
                settings: options.settings(for: .inpaint, prompt: prompt), writing: output.writing, progress: progress)
        }
    }
}
