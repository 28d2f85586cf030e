internal import ArgumentParser
internal import Benchmarking
internal import Core
internal import Editing
internal import Foundation

struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Measure how fast a model runs on this machine.")

    @OptionGroup var model: ModelOption

    @Option(help: ArgumentHelp("The length of the sound to work on.", valueName: "s"))
    var seconds = 10.24

    @OptionGroup var threads: ThreadsOption

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard seconds > 0, seconds <= 3600 else {
            throw ValidationError("--seconds: above 0, up to 3600 expected, found \(seconds)")
        }
    }

    func run() throws {
        threads.apply()
        let bar = ProgressBar("benchmark", isQuiet: json)
        defer { bar.finish() }
        let result = try Benchmark(
            model: model.folder, headRule: model.heads, precision: model.precision, seconds: seconds, progress: bar.show
        )
        bar.finish()
        if json {
            StandardOutput.print(try result.jsonText)
        } else {
            StandardOutput.print(result.text)
        }
    }
}

extension Benchmark {
    /// The table for people, without a last line end.
    var text: String {
        var lines = [
            String(
                format: "%.2f s of sound, %d threads, %@; matrix products reach %.0f GFLOP/s here", seconds, threads,
                precision.rawValue, peakGflops),
            "",
            Self.row("stage", "seconds", "GFLOP/s", "of peak"),
        ]
        for stage in stages { lines.append(row(stage, named: stage.name)) }
        lines.append(row(job, named: "\(job.name), \(steps) steps"))
        return lines.joined(separator: "\n")
    }

    private func row(_ stage: Stage, named name: String) -> String {
        Self.row(
            name, String(format: "%.3f", stage.seconds), String(format: "%.0f", stage.gflops),
            String(format: "%.0f %%", 100 * stage.gflops / peakGflops))
    }

    private static func row(_ name: String, _ cells: String...) -> String {
        name.padding(toLength: 20, withPad: " ", startingAt: 0)
            + cells.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
    }
}
