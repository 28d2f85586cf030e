internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

@main
struct EditCLI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit-cli",
        abstract: "Change a sound only where you ask: fill, upsample, restyle, generate.",
        version: Retouch.version,
        subcommands: [
            GenerateCommand.self, InpaintCommand.self, UpsampleCommand.self, RestyleCommand.self, ReplayCommand.self,
            InfoCommand.self, PlotCommand.self, BenchmarkCommand.self,
        ])

    /// As ArgumentParser's own, but for errors in one line, without the usage.
    static func main() {
        Interruption.leaveNothingBehind()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let status = exitCode(for: error)
            if status == .success { exit(withError: error) }
            let words = (error as? EditingError)?.inOptions ?? message(for: error)
            var line = words.split(whereSeparator: \.isNewline).joined(separator: " ")
            // ArgumentParser starts a sentence; here it follows a colon.
            if status == .validationFailure { line = line.prefix(1).lowercased() + line.dropFirst() }
            StandardError.write("edit-cli: \(line)\n")
            Foundation.exit(status.rawValue)
        }
    }
}
