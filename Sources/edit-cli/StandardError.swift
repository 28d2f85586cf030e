internal import Core
internal import Foundation

/// What is not the program's result: progress and errors. A standard error that takes nothing, such as a terminal that was
/// closed or a full disk, does not stop the work.
enum StandardError {
    private static let descriptor = LibraryMessages.keepBack()
    static let isTerminal = isatty(descriptor) == 1

    static func write(_ text: String) {
        var bytes = Array(FilePath.readable(text).utf8)[...]
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
