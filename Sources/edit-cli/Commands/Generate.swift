internal import ArgumentParser
internal import Editing
internal import Foundation

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a new sound from a prompt.",
        discussion: Job.generate.discussion)

    @Argument(help: "What shall be heard.")
    var prompt: String

    @Option(help: ArgumentHelp("The length of the sound in seconds.", valueName: "sec"))
    var duration = 5.12

    @Option(
        help: ArgumentHelp(
            "Takes, of which the one most like the prompt is kept, if the model can hear that.", valueName: "n"))
    var takes = Editor.defaultTakes

    @OptionGroup var options: JobOptions

    func validate() throws {
        try options.check(for: .generate, prompt: prompt) {
            try Editor.check(duration: duration)
            try Editor.check(takes: takes)
        }
    }

    func run() throws {
        try options.perform(.generate) { editor, output, progress in
            try editor.generate(
                duration: duration, takes: takes, to: output.url,
                settings: options.settings(for: .generate, prompt: prompt), writing: output.writing, progress: progress)
        }
    }
}
