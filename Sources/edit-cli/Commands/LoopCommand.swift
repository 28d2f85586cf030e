internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct LoopCommand: EditCommand {
    static let configuration = CommandConfiguration(
        commandName: "loop",
        abstract: "Make a loop of a sound: its end leads into its beginning.",
        discussion: Loop.discussion)

    @OptionGroup var sourceOptions: SourceOptions

    @Option(help: ArgumentHelp("Length of the loop in seconds. (default: the sound's)", valueName: "sec"))
    var length: Double?

    @Option(
        help: ArgumentHelp(
            "Seconds at the end of the loop that are made anew. (default: 1, or a quarter of a short loop)",
            valueName: "sec"))
    var seam: Double?

    @Option(
        help: ArgumentHelp("What shall be heard in the seam. (default: what both sides say)", valueName: "text"))
    var prompt: String?

    @Option(
        help: ArgumentHelp(
            "From 0, the passage that fits best, to 1, made from nothing. "
                + "(default: what the model was found to be best with, 0.1 for the bundled one; with a prompt 1)",
            valueName: "x"))
    var strength: Double?

    @OptionGroup var takesOptions: TakesOptions

    @OptionGroup var options: JobOptions

    var source: SourceOptions? { sourceOptions }

    var takes: TakesOptions? { takesOptions }

    func request(for source: AudioFile?) throws -> Loop {
        let condition = try options.condition(prompt)
        return try Loop(
            length: length, seam: seam, strength: strength, condition: condition,
            settings: options.settings(for: Loop.self, condition))
    }
}
