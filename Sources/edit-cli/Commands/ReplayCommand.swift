internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Make a sound again, by the recipe that was written beside it.")

    @Argument(help: "What --recipe wrote, a JSON file.", completion: .file())
    var recipe: String

    @Option(
        help: ArgumentHelp(
            "The sound to edit, or - for standard input. (default: the one that the recipe names)", valueName: "in"))
    var input: String?

    @Option(help: ArgumentHelp("Where the model is. (default: where the recipe says)", valueName: "dir"))
    var model: String?

    @Flag(help: "Take another source or model than the one that the recipe was made with.")
    var anyway = false

    @Flag(help: "Take what there is of a file that is shorter than its header says.")
    var salvage = false

    @OptionGroup var result: ResultOptions

    func validate() throws {
        if result.output == nil { throw ResultOptions.noOutput }
    }

    func run() throws {
        let url = URL(fileURLWithPath: recipe)
        let recipe: Recipe
        do {
            recipe = try Recipe(WholeFile.read(url))
        } catch let error as EditingError {
            throw EditingError.request("\(url.relativePath): \(error.inOptions)")
        }
        var reference = recipe.request.settings.model ?? ModelReference(name: ModelReference.bundledName)
        if let model { reference.name = model }
        if input == nil, recipe.source?.name == NamedSound.input {
            throw ValidationError("--input: a sound expected, as the recipe's came through standard input")
        }
        if result.isDryRun {
            return try result.forecast {
                let source = try (input ?? recipe.source?.name).map { try NamedSound.open($0, salvage: salvage) }
                var request = recipe.request
                if anyway { request.settings.model = nil }
                return try Editor(reference).forecast(request, from: source)
            }
        }
        try result.write(recipe.request.job) { listener, destination in
            let editor = try Editor(reference)
            let source = try (input ?? recipe.source?.name).map {
                try NamedSound.open($0, salvage: salvage)
            }
            let report = try editor.replay(
                recipe, from: source, to: destination, anyway: anyway, listener: listener)
            return (editor, source, report)
        }
    }
}
