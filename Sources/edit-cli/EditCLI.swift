internal import ArgumentParser
internal import Core
internal import Downloads
internal import Editing
internal import Evaluation
internal import Foundation

@main
struct EditCLI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit-cli",
        abstract: "Change a sound only where you ask: fill, upsample, restyle, extend, generate.",
        version: Retouch.version,
        subcommands: [
            GenerateCommand.self, InpaintCommand.self, UpsampleCommand.self, RestyleCommand.self, ExtendCommand.self,
            LoopCommand.self, BatchCommand.self, ReplayCommand.self, FindCommand.self, InfoCommand.self,
            PlotCommand.self, CompareCommand.self, EvaluateCommand.self, BenchmarkCommand.self, ModelsCommand.self,
            ServeCommand.self,
        ])

    /// As ArgumentParser's own, but for errors in one line, without the usage.
    static func main() {
        StandardStreams.openAll()
        TemporaryFiles.removeOnSignals(clearsLine: StandardError.isTerminal)
        do {
            var command = try parseAsRoot(StandardStreams.arguments)
            _ = StandardOutput.descriptor
            try command.run()
            if let failure = StandardOutput.failure {
                StandardError.write("edit-cli: standard output cannot be written: \(failure)\n")
                Foundation.exit(ExitCode.failure.rawValue)
            }
        } catch {
            let status = exitCode(for: error)
            if status == .success {
                // A command without a job of its own prints its help.
                StandardOutput.giveBack()
                exit(withError: error)
            }
            // Everything was said already.
            if error is ExitCode {
                Foundation.exit(status.rawValue)
            }
            var line = words(about: error).split(whereSeparator: \.isNewline).joined(separator: " ").printable
            // ArgumentParser starts a sentence; here it follows a colon.
            if status == .validationFailure { line = withExpectedNumber(line) }
            if status == .validationFailure { line = line.prefix(1).lowercased() + line.dropFirst() }
            StandardError.write("edit-cli: \(line)\n")
            // At once: what libraries do at the end may wait for threads that there was no memory for.
            _exit(status.rawValue)
        }
    }

    /// ArgumentParser says of what is no number only that it does not fit.
    private static func withExpectedNumber(_ line: String) -> String {
        guard line.hasSuffix(">'"), line.contains("' is invalid for '") else { return line }
        return line + (line.hasSuffix("<n>'") ? ": a whole number from 0 on expected" : ": a number expected")
    }

    /// An error in the words of the program's options.
    static func words(about error: any Error) -> String {
        (error as? EditingError)?.inOptions ?? (error as? AudioError)?.inOptions
            ?? (error as? EvaluationError)?.inOptions ?? (error as? DownloadError)?.inOptions
            ?? (error as? CheckpointError)?.inOptions ?? message(for: error)
    }
}
