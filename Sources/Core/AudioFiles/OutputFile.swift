public import Foundation
internal import Synchronization

/// A file that appears whole or not at all: written under a temporary name beside its own, then renamed.
/// Whatever is not committed is removed.
@safe public final class OutputFile {
    public let url: URL
    /// The file's name in messages.
    let name: String
    /// Open for reading and writing until `commit`.
    let descriptor: Int32
    private let temporaryPath: String
    private let targetPath: String
    private let overwrite: Bool
    private var isOpen = true

    /// Makes the temporary file.
    /// - Parameters:
    ///   - source: a file that is being edited; its own name needs `overwrite` too.
    ///   - overwrite: whether a file of this name may be replaced.
    /// - Throws: `AudioError.exists`, `isItsOwnSource`, `unwritable`; `CancellationError` after `TemporaryFiles.removeAll`.
    public init(_ url: URL, editing source: URL? = nil, overwrite: Bool) throws {
        self.url = url
        self.overwrite = overwrite
        name = url.relativePath
        // Through links: the file that a link points to is replaced, not the link.
        targetPath = url.resolvingSymlinksInPath().path
        let existing = FileStatus(targetPath)
        if let existing {
            if !existing.isRegular { throw AudioError.unwritable(file: name, reason: "it is not a file") }
            if !overwrite {
                let isSource = source.flatMap { FileStatus($0.path) }?.identity == existing.identity
                throw isSource ? AudioError.isItsOwnSource(file: name) : AudioError.exists(file: name)
            }
        }
        let target = URL(fileURLWithPath: targetPath)
        let unique = String(UInt64.random(in: .min ... .max), radix: 36)
        let stem = String(target.lastPathComponent.prefix(40))
        temporaryPath = target.deletingLastPathComponent().appending(path: ".\(stem).\(unique).part").path
        descriptor = try TemporaryFiles.open(temporaryPath, mode: existing?.permissions, name: name)
    }

    deinit { discard() }

    /// Writes a whole file at once.
    public static func write(_ data: Data, to url: URL, overwrite: Bool) throws {
        let file = try OutputFile(url, overwrite: overwrite)
        try file.append([UInt8](data))
        try file.commit()
    }

    /// Brings the file to the disk and gives it its name.
    /// - Throws: `AudioError.diskFull`, `unwritable`, `exists`; the temporary file is removed then.
    public func commit() throws {
        precondition(isOpen, "a file committed twice")
        do {
            // Some file systems cannot synchronise; they say so by EINVAL.
            if fsync(descriptor) != 0, errno != EINVAL { throw failure() }
            if !overwrite, FileStatus(targetPath) != nil { throw AudioError.exists(file: name) }
            try TemporaryFiles.rename(temporaryPath, to: targetPath, name: name)
        } catch {
            discard()
            throw error
        }
        isOpen = false
        close(descriptor)
    }

    /// Removes the temporary file; nothing after `commit`.
    func discard() {
        guard isOpen else { return }
        isOpen = false
        close(descriptor)
        TemporaryFiles.remove(temporaryPath)
    }

    /// Writes at the end of what was written so far.
    func append(_ bytes: [UInt8]) throws(AudioError) {
        try repeatedly(bytes.count) { start in
            unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress! + start, $0.count - start) }
        }
    }

    /// Overwrites or extends the file from a byte on.
    func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(AudioError) {
        try repeatedly(bytes.count) { start in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe pwrite(descriptor, bytes.baseAddress! + start, bytes.count - start, offset + start)
            }
        }
    }

    private func repeatedly(_ count: Int, _ step: (Int) -> Int) throws(AudioError) {
        var done = 0
        while done < count {
            let moved = step(done)
            if moved < 0 && errno == EINTR { continue }
            guard moved > 0 else { throw failure() }
            done += moved
        }
    }

    /// What the last system call's failure means.
    func failure() -> AudioError {
        let code = errno
        return code == ENOSPC || code == EDQUOT
            ? .diskFull(file: name) : .unwritable(file: name, reason: unsafe String(cString: strerror(code)))
    }

    /// Up to `count` bytes of what was written.
    func read(_ count: Int, at offset: Int) throws(AudioError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let found = unsafe pread(descriptor, &bytes, count, offset)
        guard found >= 0 else { throw failure() }
        return Array(bytes.prefix(found))
    }

    /// Appends the whole of another file, called `source` in messages.
    func copy(_ url: URL, name source: String) throws {
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        do {
            while let block = try file.read(upToCount: 1 << 20), !block.isEmpty {
                try Task.checkCancellation()
                try append([UInt8](block))
            }
        } catch let error as CocoaError {
            throw AudioError.unreadable(file: source, reason: error.localizedDescription)
        }
    }

    /// Puts `header` in the place of the file's first `length` bytes, moving what follows.
    func replaceHeader(of length: Int, with header: [UInt8]) throws {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let shift = header.count - length
        var block = [UInt8](repeating: 0, count: 1 << 20)
        // Towards the end the last block goes first, towards the start the first one: no byte is overwritten unread.
        let starts = Array(stride(from: length, to: size, by: block.count))
        for start in shift > 0 ? starts.reversed() : starts where shift != 0 {
            try Task.checkCancellation()
            let wanted = min(block.count, size - start)
            guard unsafe pread(descriptor, &block, wanted, start) == wanted else { throw failure() }
            try write(block[..<wanted], at: start + shift)
        }
        try write(header[...], at: 0)
        if shift < 0, ftruncate(descriptor, size + shift) != 0 { throw failure() }
    }
}

/// What the file system says about a path.
struct FileStatus {
    let isRegular: Bool
    let permissions: mode_t
    let size: Int
    /// Device and number: equal for two names of one file.
    let identity: [UInt64]

    /// Nil where nothing is there.
    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        isRegular = status.st_mode & S_IFMT == S_IFREG
        permissions = status.st_mode & 0o7777
        size = Int(status.st_size)
        identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
    }
}

/// The temporary files of this process, so that a program that is told to stop leaves none.
public enum TemporaryFiles {
    private struct State {
        var paths: Set<String> = []
        var isStopped = false
    }
    private static let state = Mutex(State())

    /// Removes every temporary file and lets none be made or renamed from now on. For a program that is about to exit:
    /// to be called from a thread or a dispatch source that waits for the signal, not in a signal handler.
    public static func removeAll() {
        state.withLock { state in
            state.isStopped = true
            for path in state.paths { unsafe unlink(path) }
            state.paths = []
        }
    }

    static func open(_ path: String, mode: mode_t?, name: String) throws -> Int32 {
        try state.withLock { state in
            if state.isStopped { throw CancellationError() }
            let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else {
                let reason =
                    errno == ENOENT ? "there is no such folder" : unsafe String(cString: strerror(errno))
                throw AudioError.unwritable(file: name, reason: reason)
            }
            if let mode { fchmod(descriptor, mode) }
            state.paths.insert(path)
            return descriptor
        }
    }

    static func rename(_ path: String, to target: String, name: String) throws {
        try state.withLock { state in
            if state.isStopped { throw CancellationError() }
            guard unsafe Glibc.rename(path, target) == 0 else {
                throw AudioError.unwritable(file: name, reason: unsafe String(cString: strerror(errno)))
            }
            state.paths.remove(path)
        }
    }

    static func remove(_ path: String) {
        state.withLock { state in
            if state.paths.remove(path) != nil { unsafe unlink(path) }
        }
    }
}
