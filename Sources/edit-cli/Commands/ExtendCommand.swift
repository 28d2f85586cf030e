internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct ExtendCommand: EditCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend",
        abstract: "Go on with a sound beyond its ends; the sound itself stays.",
        discussion: Extend.discussion)

    @OptionGroup var sourceOptions: SourceOptions

    @Option(help: ArgumentHelp("Seconds to make before the beginning.", valueName: "sec"))
    var before: Double?

    @Option(help: ArgumentHelp("Seconds to make after the end.", valueName: "sec"))
    var after: Double?

    @Option(
        help: ArgumentHelp(
            "Seconds over which what is made comes in at its beginning and goes out at its end.", valueName: "sec"))
    var fade = 0.0

    @Option(
        help: ArgumentHelp("What shall be heard there. (default: what the sound itself says)", valueName: "text"))
    var prompt: String?

    @Option(
        help: ArgumentHelp(
            "From 0, passages of the sound that follow on each other, to 1, made from nothing. "
                + "(default: what the model was found to be best with, 0.1 for the bundled one; with a prompt 1)",
            valueName: "x"))
    var strength: Double?

    @OptionGroup var takesOptions: TakesOptions

    @OptionGroup var options: JobOptions

    var source: SourceOptions? { sourceOptions }

    var takes: TakesOptions? { takesOptions }

    func request(for source: AudioFile?) throws -> Extend {
        guard before != nil || after != nil else {
            throw ValidationError("--before or --after expected, the seconds to make")
        }
        let condition = try options.condition(prompt)
        return try Extend(
            before: before ?? 0, after: after ?? 0, fade: fade, strength: strength,
            condition: condition,
            settings: options.settings(for: Extend.self, condition))
    }
}
