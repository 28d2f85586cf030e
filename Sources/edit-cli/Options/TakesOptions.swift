internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// How often an edit is made, and what is kept of it.
struct TakesOptions: ParsableArguments, Sendable {
    @Option(
        name: .customLong("takes"),
        help: ArgumentHelp(
            "Takes, with seeds that follow each other; the one that fits best is kept.", valueName: "n"))
    var count = 1

    @Flag(help: "Keep the other takes too, the better first, as OUT-2, OUT-3 and so on.")
    var keepAll = false

    func validate() throws {
        guard (1...100).contains(count) else {
            throw ValidationError("--takes: 1 to 100 expected, found \(count)")
        }
        if keepAll, count == 1 { throw ValidationError("--keep-all: --takes expected with it") }
    }

    /// The files of the takes, the best first.
    func destinations(_ best: FileDestination) -> [FileDestination] {
        [best]
            + (2..<max(2, keepAll ? count + 1 : 2)).map { rank in
                let name = best.url.deletingPathExtension().lastPathComponent + "-\(rank)"
                let folder = best.url.deletingLastPathComponent()
                return FileDestination(
                    folder.appending(path: name).appendingPathExtension(best.url.pathExtension),
                    overwrites: best.overwrites, isMarked: best.isMarked)
            }
    }
}
