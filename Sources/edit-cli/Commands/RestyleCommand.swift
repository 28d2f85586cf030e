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
    var prompt: String

    @Option(help: ArgumentHelp("From 0, the source as it is, to 1, a new sound.", valueName: "x"))
    var strength = Restyle.defaultStrength

    @OptionGroup var place: RegionOptions

    @OptionGroup var feather: FeatherOption

    @OptionGroup var takesOptions: TakesOptions

    @OptionGroup var options: JobOptions

    var source: SourceOptions? { sourceOptions }

    var takes: TakesOptions? { takesOptions }

    func request(for source: AudioFile?) throws -> Restyle {
        try Restyle(
            strength: strength, regions: place.regions(of: source), feather: feather.feather,
            condition: options.condition(prompt), settings: options.settings(for: Restyle.self))
    }
}
