internal import CFiles
internal import Foundation

/// The temporary files and helping processes of this process, so that a program that is told to stop leaves none.
public enum TemporaryFiles {
    /// From now on SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU and SIGXFSZ remove every temporary file and end the program
    /// with 128 + the signal's number, at once, wherever the work is and whatever threads there are. A signal that was
    /// ignored when the program started stays ignored (`nohup`), but for SIGINT and SIGQUIT, which shells ignore for every
    /// job in the background. SIGPIPE is ignored from now on: what cannot be written fails.
    /// - Parameter clearsLine: whether a line on the terminal's standard error is to be cleared then.
    public static func removeOnSignals(clearsLine: Bool) { retouch_stop_on_signals(clearsLine) }

    /// Makes a file that is removed when the program is told to stop, and holds a lock on it for as long as it is open.
    /// - Throws: `CancellationError` where the program has been told to stop.
    static func open(_ path: FilePath, name: String) throws -> Int32 {
        // Entered before there is a file: whatever moment a signal comes at, the handler knows the path.
        var isStopped = false
        _ = unsafe path.withCString { unsafe retouch_temporary_add($0, &isStopped) }
        if isStopped { throw CancellationError() }
        let descriptor = unsafe path.withCString { unsafe Glibc.open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else {
            let code = errno
            forget(path)
            throw AudioError.unwritable(file: name, reason: FileStatus.wordsOnMaking(code))
        }
        flock(descriptor, LOCK_EX | LOCK_NB)
        return descriptor
    }

    /// A file without a name, which is gone with its last user; -1 with errno where there is none to be had.
    static func openNameless() -> Int32 {
        unsafe retouch_nameless_file(FileManager.default.temporaryDirectory.path)
    }

    /// No longer a temporary file: it has another name now, or none.
    static func forget(_ path: FilePath) { unsafe path.withCString { unsafe retouch_temporary_forget($0) } }

    static func remove(_ path: FilePath) {
        _ = unsafe path.withCString { unsafe unlink($0) }
        forget(path)
    }

    /// Removes what a killed program has left of a file that it was writing: temporary files of that name which nobody
    /// has open.
    static func removeLeftovers(of names: TemporaryName, in folder: FilePath) {
        guard let entries = unsafe folder.withCString({ unsafe opendir($0) }) else { return }
        defer { unsafe closedir(entries) }
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            guard names.matches(name) else { continue }
            let path = folder.appending(name)
            let descriptor = unsafe path.withCString { unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { _ = unsafe path.withCString { unsafe unlink($0) } }
            close(descriptor)
        }
    }
}

/// The names that a file may have while it is being written: `.NAME.` with twelve letters or digits and `.part`.
struct TemporaryName {
    private let head: [UInt8]
    private static let tail = Array(".part".utf8)
    private static let letters = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    private static let count = 12

    /// - Parameter name: the file's own name; of a long one the beginning, as a name has 255 bytes at most.
    init(for name: [UInt8]) {
        var stem = name.prefix(255 - 2 - Self.count - Self.tail.count)
        // Not in the middle of a character.
        if stem.count < name.count {
            while let last = stem.last, last & 0xC0 == 0x80 { stem = stem.dropLast() }
            if let last = stem.last, last >= 0xC0 { stem = stem.dropLast() }
        }
        head = Array(".".utf8) + stem + Array(".".utf8)
    }

    /// A new one.
    var unique: [UInt8] {
        head + (0..<Self.count).map { _ in Self.letters[Int.random(in: 0..<Self.letters.count)] } + Self.tail
    }

    func matches(_ name: [UInt8]) -> Bool {
        name.count == head.count + Self.count + Self.tail.count && name.starts(with: head)
            && name.suffix(Self.tail.count).elementsEqual(Self.tail)
            && name[head.count..<head.count + Self.count].allSatisfy(Self.letters.contains)
    }
}
