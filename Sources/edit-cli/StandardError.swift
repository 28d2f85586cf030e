internal import Core
internal import Foundation

/// What is not the program's result: progress and errors. A standard error that takes nothing, such as a terminal that was
/// closed or a full disk, does not stop the work.
enum StandardError {
    private static let descriptor = LibraryMessages.keepBack(STDERR_FILENO)
    static let isTerminal = isatty(descriptor) == 1

    static func write(_ text: String) {
        _ = StandardStreams.write(FilePath.readable(text), to: descriptor)
    }
}
