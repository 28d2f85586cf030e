internal import ArgumentParser
internal import Core

/// How many cores are used.
struct ThreadsOption: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("Threads to work with. (default: all cores)", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads: 1 to 1024 expected, found \(threads)")
        }
    }

    func apply() {
        if let threads { Parallel.threads = threads }
    }
}
