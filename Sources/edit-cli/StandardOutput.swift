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
            error = writeWhole(text + terminator, to: descriptor)
        }
    }

    /// Lets what others print reach it again.
    static func giveBack() { _ = dup2(descriptor, STDOUT_FILENO) }
}

/// Writes a text whole: 0, or the system's number of what went wrong.
func writeWhole(_ text: String, to descriptor: Int32) -> Int32 {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { return written < 0 ? errno : EIO }
        bytes = bytes.dropFirst(written)
    }
    return 0
}
