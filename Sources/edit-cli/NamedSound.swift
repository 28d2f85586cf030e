internal import ArgumentParser
internal import Core
internal import Foundation

/// Sounds as they are named on the command line: files, or `-` for what comes in and goes out through the standard streams.
enum NamedSound {
    /// The name that stands for standard input, or standard output.
    static let stream = "-"
    /// What they are called in messages.
    static let (input, output) = ("standard input", "standard output")

    /// Opens a sound.
    /// - Throws: what opening a file throws; `AudioError.unreadable` where nothing comes in.
    static func open(_ name: String, salvage: Bool = false) throws -> AudioFile {
        guard name == stream else { return try AudioFile(URL(fileURLWithPath: name), salvage: salvage) }
        if isatty(STDIN_FILENO) == 1 {
            throw AudioError.unreadable(
                file: input, reason: "it is a terminal; a sound from a file or a pipe is expected")
        }
        return try AudioFile(readingAll: STDIN_FILENO, name: input, salvage: salvage)
    }

    /// Refuses a second sound that would come in by the same way.
    static func validate(_ names: [String?]) throws {
        guard names.count(where: { $0 == stream }) < 2 else {
            throw ValidationError("one sound at most expected through standard input, found two")
        }
    }

    /// Where a sound goes.
    /// - Throws: `AudioError.unwritable` for a terminal, and where standard output was closed.
    static func destination(_ name: String, overwrites: Bool, isMarked: Bool) throws -> FileDestination {
        guard name == stream else {
            return FileDestination(URL(fileURLWithPath: name), overwrites: overwrites, isMarked: isMarked)
        }
        if StandardOutput.isTerminal {
            throw AudioError.unwritable(file: output, reason: "it is a terminal; a file or a pipe is expected")
        }
        if StandardStreams.isOutputClosed { throw AudioError.unwritable(file: output, reason: "it is closed") }
        return FileDestination(stream: StandardOutput.descriptor, name: output, isMarked: isMarked)
    }

    /// Prints what is said about a sound: not among its bytes, where it goes to standard output.
    static func print(_ text: String, beside name: String?) {
        if name == stream { StandardError.write(text + "\n") } else { StandardOutput.print(text) }
    }
}

/// Whether outputs say what of them was made.
struct MarkOption: ParsableArguments, Sendable {
    @Flag(
        name: .customLong("unmarked"),
        help: "Do not say in the output's own tags and markers which parts were made, and by what.")
    var isUnmarked = false
}
