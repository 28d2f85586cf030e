internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct RestyleCommand: EditCommand {
    static let configuration = CommandConfiguration(
        commandName: "restyle",
        abstract: "Draw a sound, or regions of it, towards a prompt.",
        discussion: Restyle.discussion)

    @OptionGroup var sourceOptions: SourceOptions

    @Option(help: ArgumentHelp("What shall be heard.", valueName: "text"))
    var prompt: String?

    @Option(help: ArgumentHelp("From 0, the source as it is, to 1, a new sound.", valueName: "x"))
    var strength = Restyle.defaultStrength

    @Option(
        help: ArgumentHelp(
            "What stays of the sound, however far it is drawn: dynamics (its loudness from moment to moment) or none. "
                + "(default: dynamics)",
            valueName: "name"),
        transform: Choice.parse)
    var keep: Kept = .dynamics

    @Option(
        help: ArgumentHelp(
            "How it is drawn: noise, inversion or contrast. (default: what the model was found to be best with)",
            valueName: "name"),
        transform: Choice.parse)
    var method: DenoisingOptions.Method?

    @Option(
        help: ArgumentHelp(
            "What the sound is, for inversion and contrast. (default: what the model hears)", valueName: "text"))
    var sourcePrompt: String?

    @OptionGroup var place: RegionOptions

    @OptionGroup var feather: FeatherOption

    @OptionGroup var takesOptions: TakesOptions

    @OptionGroup var options: JobOptions

    var source: SourceOptions? { sourceOptions }

    var takes: TakesOptions? { takesOptions }

    func request(for source: AudioFile?) throws -> Restyle {
        try options.demandCondition(prompt, named: "--prompt <text>")
        let condition = try options.condition(prompt)
        return try Restyle(
            strength: strength, regions: place.regions(of: source), feather: feather.feather, keep: keep,
            method: method,
            sourcePrompt: sourcePrompt, condition: condition,
            settings: options.settings(for: Restyle.self, condition))
    }
}
