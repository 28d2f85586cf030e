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
    private let place: Place
    private var companion: (@Sendable () throws -> Void)?
    private var isOpen = true

    private enum Place {
        /// A file, written under a temporary name.
        case named(temporary: FilePath, target: FilePath, overwrite: Bool)
        /// An open stream, which gets all of the file when that is whole.
        case stream(Int32)
    }

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
        name = FilePath.readable(url.relativePath)
        // Through links: the file that a link points to is written, and the link stays.
        guard let target = FilePath(url).throughLinks else {
            throw AudioError.unwritable(file: name, reason: "it is a link that leads back to itself")
        }
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
        let temporary = target.folder.appending(names.unique)
        descriptor = try TemporaryFiles.open(temporary, name: name)
        place = .named(temporary: temporary, target: target, overwrite: overwrite)
        if let existing { takeOver(from: existing, at: target) }
    }

    /// Begins a file that goes into an open stream when it is whole: until then it has no name, and is gone with the program.
    /// - Throws: `AudioError.diskFull` or `unwritable`, which name the folder for temporary files.
    init(_ stream: StreamTarget, url: URL) throws(AudioError) {
        self.url = url
        name = stream.name
        place = .stream(stream.descriptor)
        descriptor = TemporaryFiles.openNameless()
        if descriptor < 0 {
            isOpen = false
            throw .unwritable(file: FileManager.default.temporaryDirectory.path, reason: FileStatus.words(errno))
        }
    }

    /// Begins the file that is asked for.
    convenience init(_ target: OutputTarget, editing source: URL?) throws {
        if let stream = target.stream {
            try self.init(stream, url: target.url)
        } else {
            try self.init(target.url, editing: source, overwrite: target.overwrite)
        }
        companion = target.companion
    }

    deinit { discard() }

    /// Gives the new file what the old one has beside its bytes, as far as this user may.
    private func takeOver(from existing: FileStatus, at target: FilePath) {
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
    /// - Throws: `AudioError.diskFull`, `unwritable`, `exists`, and what writing beside it throws; the temporary file is removed then.
    public func commit() throws {
        precondition(isOpen, "a file committed twice")
        do {
            guard case .named(let temporary, let target, let overwrite) = place else {
                try companion?()
                return try pass()
            }
            // Some file systems cannot synchronise; they say so by EINVAL.
            if fsync(descriptor) != 0, errno != EINVAL { throw failure() }
            try companion?()
            let status = unsafe temporary.withCString { from in
                unsafe target.withCString { to in
                    unsafe overwrite ? rename(from, to) : retouch_rename_new(from, to)
                }
            }
            guard status == 0 else { throw errno == EEXIST ? AudioError.exists(file: name) : failure() }
            settle(temporary, target)
        } catch {
            discard()
            throw error
        }
    }

    /// The file has its name.
    private func settle(_ temporary: FilePath, _ target: FilePath) {
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

    /// Passes the whole file on into its stream.
    private func pass() throws {
        guard case .stream(let stream) = place else { return }
        var offset = 0
        while case let block = try read(1 << 20, at: offset), !block.isEmpty {
            offset += block.count
            var rest = block[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(stream, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN {
                    // A pipe that somebody made one that does not wait.
                    var waiting = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
                    _ = unsafe poll(&waiting, 1, -1)
                    continue
                }
                // What the reader has got already it has.
                guard count > 0 else {
                    throw AudioError.unwritable(file: name, reason: FileStatus.words(errno))
                }
                rest = rest.dropFirst(count)
            }
        }
        isOpen = false
        close(descriptor)
    }

    /// Removes the temporary file; nothing after `commit`.
    func discard() {
        guard isOpen else { return }
        isOpen = false
        if case .named(let temporary, _, _) = place { TemporaryFiles.remove(temporary) }
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

    /// Copies the whole of another file, with some of its bytes replaced.
    /// - Parameter splices: by their places, apart.
    func copy(_ source: FileBytes, _ splices: [ByteSplice] = []) throws {
        var (position, place) = (0, 0)
        for splice in splices {
            try copy(source, position..<splice.range.lowerBound, to: &place)
            try write(splice.bytes[...], at: place)
            place += splice.bytes.count
            position = splice.range.upperBound
        }
        try copy(source, position..<source.size, to: &place)
    }

    private func copy(_ source: FileBytes, _ range: Range<Int>, to place: inout Int) throws {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 20) {
            try Task.checkCancellation()
            let block = source.read(min(1 << 20, range.upperBound - start), at: start)
            try source.check()
            try write(block[...], at: place)
            place += block.count
        }
    }
}

/// An open stream that a sound is written into, such as standard output.
struct StreamTarget: Sendable, Equatable {
    let descriptor: Int32
    /// What it is called in messages.
    let name: String
}

/// Where a file is written to.
struct OutputTarget: Sendable {
    /// The file; of a stream, whose extension says the format alone, a name that nothing has.
    let url: URL
    let overwrite: Bool
    var stream: StreamTarget?
    /// Writes what stands beside the file, when that is whole and has no name yet.
    var companion: (@Sendable () throws -> Void)?
}
