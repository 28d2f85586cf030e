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
            GenerateCommand.self, InpaintCommand.self, UpsampleCommand.self, RestyleCommand.self, BatchCommand.self,
            ReplayCommand.self, InfoCommand.self, PlotCommand.self, BenchmarkCommand.self, ServeCommand.self,
        ])

    /// As ArgumentParser's own, but for errors in one line, without the usage.
    static func main() {
        StandardStreams.openAll()
        TemporaryFiles.removeOnSignals(clearsLine: StandardError.isTerminal)
        do {
            var command = try parseAsRoot(StandardStreams.arguments)
            try command.run()
            if let failure = StandardStreams.flush() {
                StandardError.write("edit-cli: standard output cannot be written: \(failure)\n")
                Foundation.exit(ExitCode.failure.rawValue)
            }
        } catch {
            let status = exitCode(for: error)
            if status == .success { exit(withError: error) }
            // Everything was said already.
            if error is ExitCode {
                _ = StandardStreams.flush()
                Foundation.exit(status.rawValue)
            }
            let words = (error as? EditingError)?.inOptions ?? message(for: error)
            var line = words.split(whereSeparator: \.isNewline).joined(separator: " ").printable
            // ArgumentParser starts a sentence; here it follows a colon.
            if status == .validationFailure { line = line.prefix(1).lowercased() + line.dropFirst() }
            StandardError.write("edit-cli: \(line)\n")
            Foundation.exit(status.rawValue)
        }
    }
}
