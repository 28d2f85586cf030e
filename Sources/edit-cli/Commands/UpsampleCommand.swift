internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct UpsampleCommand: EditCommand {
    static let configuration = CommandConfiguration(
        commandName: "upsample",
        abstract: "Add the high frequencies that a sound lacks; its own band stays.",
        discussion: Upsample.discussion)

    @OptionGroup var sourceOptions: SourceOptions

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
                + "(default: what the model was found to be best with, 0.5 for the bundled one)",
            valueName: "x"))
    var strength: Double?

    @Flag(help: "Fill what a lossy codec left empty below the cut-off too (MP3 at low bit rates).")
    var holes = false

    @OptionGroup var takesOptions: TakesOptions

    @OptionGroup var options: JobOptions

    var source: SourceOptions? { sourceOptions }

    var takes: TakesOptions? { takesOptions }

    func request(for source: AudioFile?) throws -> Upsample {
        let condition = try options.condition(nil)
        return try Upsample(
            cutoff: cutoff, rate: rate, strength: strength, holes: holes ? true : nil,
            condition: condition,
            settings: options.settings(for: Upsample.self, condition))
    }
}
