internal import ArgumentParser
internal import Editing
internal import Foundation

struct Restyle: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a sound, or regions of it, towards a prompt.",
        discussion: Job.restyle.discussion)

    @Argument(help: "The sound file to edit.", completion: .file())
    var input: String

    @Option(help: ArgumentHelp("What shall be heard.", valueName: "text"))
    var prompt: String

    @Option(help: ArgumentHelp("From 0, the source as it is, to 1, a new sound.", valueName: "x"))
    var strength = 0.5

    @Option(
        name: .customLong("region"), parsing: .singleValue,
        help: ArgumentHelp(
            "Where, in seconds or h:mm:ss.sss; may be given several times. (default: everywhere)",
            valueName: "start-end"),
        transform: Region.parse)
    var regions: [Region] = []

    @OptionGroup var options: JobOptions

    func validate() throws {
        try options.check(for: .restyle, prompt: prompt) {
            try Editor.check(strength: strength)
        }
    }

    func run() throws {
        try options.perform(.restyle) { editor, output, progress in
            try editor.restyle(
                URL(fileURLWithPath: input), to: output.url, strength: strength, regions: regions,
                settings: options.settings(for: .restyle, prompt: prompt), writing: output.writing, progress: progress)
        }
    }
}
