internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct GenerateCommand: EditCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a new sound from a prompt.",
        discussion: Generate.discussion)

    @Argument(help: "What shall be heard.")
    var prompt: String?

    @Option(name: .customLong("prompt"), help: ArgumentHelp("The same, said as to the other jobs.", valueName: "text"))
    var namedPrompt: String?

    @Option(help: ArgumentHelp("The length of the sound in seconds.", valueName: "sec"))
    var duration = 5.12

    @Option(
        name: .customLong("takes"),
        help: ArgumentHelp(
            "Takes, of which the one most like the prompt is kept, if the model can hear that.", valueName: "n"))
    var takesPerSegment = Generate.defaultTakes

    @OptionGroup var options: JobOptions

    var source: SourceOptions? { nil }

    var takes: TakesOptions? { nil }

    func request(for source: AudioFile?) throws -> Generate {
        if prompt != nil, namedPrompt != nil {
            throw ValidationError("'--prompt' says again what '<prompt>' says; give one of them")
        }
        let prompt = prompt ?? namedPrompt
        try options.demandCondition(prompt, named: "<prompt>")
        let condition = try options.condition(prompt)
        return try Generate(
            duration: duration, takes: takesPerSegment, condition: condition,
            settings: options.settings(for: Generate.self, condition))
    }
}
