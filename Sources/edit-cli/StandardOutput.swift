internal import Core
internal import Foundation
internal import Synchronization

/// What the program was asked for: reports, and sounds whose name is `-`. Nothing that libraries print by themselves comes between.
enum StandardOutput {
    /// By which sounds are written. From its first use on, libraries reach it no more.
    static let descriptor = LibraryMessages.keepBack(STDOUT_FILENO)
    static let isTerminal = isatty(descriptor) == 1

    /// Of the first text that could not be written: the system's number.
    private static let error = Mutex<Int32>(0)

    /// Why something that was printed did not arrive, in the system's words. A reader that has gone away, as `head` does, has what it
    /// wanted.
    static var failure: String? {
        let error = error.withLock { $0 }
        return error == 0 || error == EPIPE ? nil : unsafe String(cString: strerror(error))
    }

    static func print(_ text: String, terminator: String = "\n") {
        error.withLock { error in
            guard error == 0 else { return }
            error = StandardStreams.write(text + terminator, to: descriptor)
        }
    }

    /// Lets what others print reach it again.
    static func giveBack() { _ = dup2(descriptor, STDOUT_FILENO) }
}
