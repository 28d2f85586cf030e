internal import CFiles
public import Foundation

/// A file that appears whole or not at all: written under a temporary name beside its own, then renamed.
/// Whatever is not committed is removed.
@safe public final class OutputFile {
    public let url: URL
    /// The file's name in messages.
    let name: String
    /// What the user should know about it, one sentence each.
    private(set) var notes: [String] = []
    private let descriptor: Int32
    private let temporary: FilePath
    private let target: FilePath
    private let overwrite: Bool
    private var isOpen = true

    /// Makes the temporary file.
    /// - Parameters:
    ///   - url: the file to write.
    ///   - source: a file that is being edited; its own name needs `overwrite` too.
    ///   - overwrite: whether a file of this name may be replaced. The new one gets its permissions, owner and extended
    ///     attributes.
    /// - Throws: `AudioError.exists`, `isItsOwnSource`, `unwritable`; `CancellationError` where the program has been told
    ///   to stop.
    public init(_ url: URL, editing source: URL? = nil, overwrite: Bool) throws {
        self.url = url
        self.overwrite = overwrite
        name = FilePath.readable(url.relativePath)
        // Through links: the file that a link points to is written, and the link stays.
        guard let target = FilePath(url).throughLinks else {
            throw AudioError.unwritable(file: name, reason: "it is a link that leads back to itself")
        }
        self.target = target
        let existing = FileStatus(target)
        if let existing {
            if !existing.isRegular { throw AudioError.unwritable(file: name, reason: "it is not a file") }
            if !overwrite {
                let isSource = source.flatMap { FileStatus(FilePath($0)) }?.identity == existing.identity
                throw isSource ? AudioError.isItsOwnSource(file: name) : AudioError.exists(file: name)
            }
            if existing.permissions & 0o222 == 0 {
                notes.append(
                    "\(name) was write-protected; it was replaced all the same, and is write-protected again.")
            }
        }
        let names = TemporaryName(for: target.name)
        TemporaryFiles.removeLeftovers(of: names, in: target.folder)
        temporary = target.folder.appending(names.unique)
        descriptor = try TemporaryFiles.open(temporary, name: name)
        if let existing { takeOver(from: existing) }
    }

    deinit { discard() }

    /// Gives the new file what the old one has beside its bytes, as far as this user may.
    private func takeOver(from existing: FileStatus) {
        if existing.owner != geteuid() || existing.group != getegid(),
            fchown(descriptor, existing.owner, existing.group) != 0
        {
            notes.append("\(name) could not be given back to its owner.")
        }
        if !(unsafe target.withCString { unsafe retouch_copy_attributes($0, descriptor) }) {
            notes.append("Some extended attributes of \(name) could not be kept.")
        }
        fchmod(descriptor, existing.permissions)
    }

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
            let status = unsafe temporary.withCString { from in
                unsafe target.withCString { to in
                    unsafe overwrite ? rename(from, to) : retouch_rename_new(from, to)
                }
            }
            guard status == 0 else { throw errno == EEXIST ? AudioError.exists(file: name) : failure() }
        } catch {
            discard()
            throw error
        }
        isOpen = false
        TemporaryFiles.forget(temporary)
        close(descriptor)
        // The new name, too, outlasts a loss of power.
        let folder = unsafe target.folder.withCString { unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Removes the temporary file; nothing after `commit`.
    func discard() {
        guard isOpen else { return }
        isOpen = false
        TemporaryFiles.remove(temporary)
        close(descriptor)
    }

    /// Bytes written so far.
    var size: Int { Int(lseek(descriptor, 0, SEEK_END)) }

    /// Writes at the end of what was written so far.
    func append(_ bytes: [UInt8]) throws(AudioError) { try write(bytes[...], at: size) }

    /// Overwrites or extends the file from a byte on.
    func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(AudioError) {
        let failure = unsafe bytes.withUnsafeBytes { bytes -> AudioError? in
            do throws(AudioError) { try unsafe write(bytes, at: offset) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    @unsafe func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(AudioError) {
        var done = 0
        while done < bytes.count {
            let moved = unsafe pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, offset + done)
            if moved < 0 && errno == EINTR { continue }
            guard moved > 0 else { throw failure() }
            done += moved
        }
    }

    /// What the last system call's failure means.
    private func failure() -> AudioError {
        let code = errno
        return code == ENOSPC || code == EDQUOT
            ? .diskFull(file: name) : .unwritable(file: name, reason: FileStatus.words(code))
    }

    /// Up to `count` bytes of what was written.
    func read(_ count: Int, at offset: Int) throws(AudioError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let found = unsafe pread(descriptor, &bytes, count, offset)
        guard found >= 0 else { throw failure() }
        return Array(bytes.prefix(found))
    }

    /// Appends the whole of another file.
    func copy(_ source: FileBytes) throws {
        for start in stride(from: 0, to: source.size, by: 1 << 20) {
            try Task.checkCancellation()
            let block = source.read(1 << 20, at: start)
            try source.check()
            try write(block[...], at: start)
        }
    }
}
