internal import ArgumentParser

@main
struct EditCLI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit-cli",
        abstract: "Change a sound only where you ask: fill, upsample, restyle, generate.",
        version: "0.1.0")
}
