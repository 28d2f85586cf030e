internal import ArgumentParser
internal import Batch
internal import Core
internal import Editing
internal import Foundation
internal import Synchronization

/// How many edits are made.
struct BatchOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "Of many sounds, where the name of a result is taken by another file: skip it, overwrite it, or rename the result.",
            valueName: "way"),
        transform: Choice.parse)
    var existing = ExistingOutput.skip

    @Option(
        help: ArgumentHelp(
            "Of many sounds, how many are worked on at once (one more than threads, up to 8).", valueName: "n"))
    var jobs: Int?

    /// The fastest as measured on two cores: while one edit reads, writes or works on one core, others use the rest.
    private static var fastestJobs: Int { Parallel.threads == 1 ? 1 : min(Parallel.threads + 1, 8) }

    @Option(
        help: ArgumentHelp("Of many sounds, the I-th of N parts only; N runs do all of them.", valueName: "i/n"),
        transform: Self.shard)
    var shard = Shard.whole

    @Flag(help: "Of many sounds, print what became of each as JSON.")
    var json = false

    func validate() throws {
        if let jobs, !(1...256).contains(jobs) {
            throw ValidationError("--jobs: 1 to 256 expected, found \(jobs)")
        }
    }
}

extension BatchOptions {
    /// Does the jobs with a progress bar, and prints what became of them.
    /// - Throws: `ExitCode` 2 where some of them failed.
    /// - Parameter overwrites: whether any file may be replaced by a result.
    /// - Parameter isMarked: whether results say what of them was made.
    func run(
        _ jobs: [BatchJob], screen: ScreenOptions, salvage: Bool, overwrites: Bool = false, isMarked: Bool
    ) throws {
        var batch = BatchRun(jobs)
        batch.shard = shard
        batch.existing = overwrites && existing == .skip ? .overwrite : existing
        batch.concurrency = self.jobs ?? Self.fastestJobs
        batch.salvage = salvage
        batch.isMarked = isMarked
        let bar = Mutex(screen.progressBar("batch"))
        let (run, printsLines) = (batch, !screen.quiet && !json)
        let summary = Asynchronous.wait {
            await run { event in
                switch event {
                case .progress(let progress): bar.withLock { $0.show(progress) }
                case .ended(let result):
                    guard printsLines else { return }
                    bar.withLock { $0.finish() }
                    StandardOutput.print(result.text)
                }
            }
        }
        bar.withLock { $0.finish() }
        if json { StandardOutput.print(try summary.json) } else if !screen.quiet { StandardOutput.print(summary.text) }
        if summary.failed > 0 { throw ExitCode(2) }
    }

    private static func shard(_ text: String) throws -> Shard {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1],
            let shard = Shard(number: number, of: count)
        else { throw ValidationError("I/N expected, the number of a part from 1 on and how many there are (2/8)") }
        return shard
    }
}
