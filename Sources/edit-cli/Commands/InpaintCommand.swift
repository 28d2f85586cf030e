internal import ArgumentParser
internal import Editing
internal import Foundation

struct InpaintCommand: EditCommand {
    static let configuration = CommandConfiguration(
        commandName: "inpaint",
        abstract: "Fill regions of a sound anew; every sample outside them stays.",
        discussion: Inpaint.discussion)

    @OptionGroup var sourceOptions: SourceOptions

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
                + "(default: what the model was found to be best with, 0.1 for the bundled one; with a prompt 1)",
            valueName: "x"))
    var strength: Double?

    @Option(
        help: ArgumentHelp(
            "What a fill starts from: prediction (what both sides foretell, without the model), passage (the one that fits "
                + "best), line (nothing) or auto (prediction and passage).", valueName: "name"),
        transform: Choice.parse)
    var start: FillStart = .auto

    @OptionGroup var takesOptions: TakesOptions

    @OptionGroup var options: JobOptions

    var source: SourceOptions? { sourceOptions }

    var takes: TakesOptions? { takesOptions }

    func request() throws -> Inpaint {
        try Inpaint(
            regions: regions, strength: strength, start: start, condition: options.condition(prompt),
            settings: options.settings(for: Inpaint.self))
    }
}
