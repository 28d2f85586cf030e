internal import Core
internal import Foundation
internal import Synchronization

/// The three streams that every program is given.
enum StandardStreams {
    private static let closedOutput = Mutex(false)

    /// Whether the program was started without a standard output.
    static var isOutputClosed: Bool { closedOutput.withLock { $0 } }

    /// Opens those that were closed on nothing: the next file opened would take their number, and messages would be
    /// written into it.
    static func openAll() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            if descriptor == STDOUT_FILENO { closedOutput.withLock { $0 = true } }
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
    }

    /// Writes a text whole: 0, or the system's number of what went wrong.
    static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return written < 0 ? errno : EIO }
            bytes = bytes.dropFirst(written)
        }
        return 0
    }

    /// The words that the program was called with. A name that is not UTF-8 comes as `FilePath.text` has it; a number below zero
    /// after an option is the option's value, not an option of its own.
    static var arguments: [String] {
        var words: [String] = []
        for word in given {
            let isNumber = word.hasPrefix("-") && word.dropFirst().first.map { $0.isNumber || $0 == "." } ?? false
            if isNumber, let last = words.last, last.hasPrefix("--"), last != "--", !last.contains("="),
                !words.contains("--")
            {
                words[words.count - 1] = "\(last)=\(word)"
            } else {
                words.append(word)
            }
        }
        return words
    }

    private static var given: [String] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            unsafe CommandLine.unsafeArgv[index].map { word in
                unsafe FilePath.text(UnsafeBufferPointer(start: word, count: strlen(word)).map(UInt8.init(bitPattern:)))
            }
        }
    }
}
