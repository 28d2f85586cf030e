internal import ArgumentParser

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List, download, check and convert models.",
        subcommands: [
            ListModelsCommand.self, PullModelCommand.self, CheckModelCommand.self, ConvertModelCommand.self,
        ])
}
