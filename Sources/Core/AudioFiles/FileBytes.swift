internal import CFiles
internal import Foundation
internal import Synchronization

/// A file open for reading, its bytes read at their places. Any number of threads.
final class FileBytes: Sendable {
    let size: Int
    /// The file's name in messages.
    let name: String
    let descriptor: Int32
    /// The first byte's place in the file on the disk.
    private let start: Int
    /// What the file was when it was opened.
    let status: FileStatus
    /// The error of the last read that failed; 0 for none.
    private let code = Mutex<Int32>(0)

    /// - Throws: `missing`, `notAFile`, `unreadable`.
    convenience init(_ path: FilePath, name: String) throws(AudioError) {
        // Without waiting for somebody to write into a pipe.
        let descriptor = unsafe path.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            let code = errno
            guard code == ENOENT else { throw .unreadable(file: name, reason: FileStatus.words(code)) }
            if path.linkTarget != nil, let end = path.throughLinks {
                throw .unreadable(
                    file: name, reason: "it is a link to \(FilePath.text(end.bytes)), which does not exist")
            }
            throw .missing(file: name)
        }
        try self.init(descriptor: descriptor, name: name)
    }

    /// - Parameter descriptor: an open file, closed with this object or where this fails.
    init(descriptor: Int32, name: String) throws(AudioError) {
        guard let status = FileStatus(descriptor: descriptor), status.isRegular else {
            close(descriptor)
            throw .notAFile(file: name)
        }
        self.name = name
        self.descriptor = descriptor
        self.status = status
        start = 0
        size = status.size
    }

    /// The same file without its first bytes.
    init(_ file: FileBytes, from start: Int) throws(AudioError) {
        let descriptor = dup(file.descriptor)
        guard descriptor >= 0 else { throw .unreadable(file: file.name, reason: FileStatus.words(errno)) }
        self.descriptor = descriptor
        self.start = file.start + start
        (name, status, size) = (file.name, file.status, file.size - start)
    }

    /// All that comes through a stream, in a file that has no name.
    convenience init(spooling stream: Int32, name: String) throws(AudioError) {
        let folder = FileManager.default.temporaryDirectory.path
        let file = TemporaryFiles.openNameless()
        guard file >= 0 else { throw .unwritable(file: folder, reason: FileStatus.words(errno)) }
        var block = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe Glibc.read(stream, &block, block.count)
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                var waiting = pollfd(fd: stream, events: Int16(POLLIN), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
                continue
            }
            guard count > 0 else {
                let code = errno
                close(file)
                throw .unreadable(file: name, reason: FileStatus.words(code))
            }
            var done = 0
            while done < count {
                let moved = unsafe block.withUnsafeBytes {
                    unsafe Glibc.write(file, $0.baseAddress! + done, count - done)
                }
                if moved < 0, errno == EINTR { continue }
                guard moved > 0 else {
                    let code = errno
                    close(file)
                    throw code == ENOSPC || code == EDQUOT
                        ? .diskFull(file: folder) : .unwritable(file: folder, reason: FileStatus.words(code))
                }
                done += moved
            }
        }
        try self.init(descriptor: file, name: name)
    }

    deinit { close(descriptor) }

    /// The bytes from `offset` on, fewer than `count` at the file's end and where the disk fails.
    func read(_ count: Int, at offset: Int) -> [UInt8] {
        guard offset >= 0, offset < size else { return [] }
        let count = min(count, size - offset)
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, found in
            unsafe found = read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
    }

    /// Fills a buffer with the bytes from `offset` on and gives how many there were.
    @unsafe func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        var done = 0
        while done < buffer.count {
            let found = unsafe pread(descriptor, buffer.baseAddress! + done, buffer.count - done, start + offset + done)
            if found < 0 && errno == EINTR { continue }
            if found < 0 {
                let failure = errno
                code.withLock { $0 = failure }
            }
            guard found > 0 else { break }
            done += found
        }
        return done
    }

    /// The system's words about a read that failed.
    var failure: String? {
        let code = code.withLock { $0 }
        return code == 0 ? nil : FileStatus.words(code)
    }

    /// - Throws: `unreadable` where a read has failed, `changed` where the file is no longer what it was.
    func check() throws(AudioError) {
        if let failure { throw .unreadable(file: name, reason: failure) }
        if let now = FileStatus(descriptor: descriptor), now.size != status.size || now.modified != status.modified {
            throw .changed(file: name)
        }
    }

    /// The place of the first of some bytes between two places, or nil.
    func find(_ needle: [UInt8], in range: Range<Int>) -> Int? {
        var position = range.lowerBound
        while position + needle.count <= range.upperBound {
            let block = read(min(1 << 20, range.upperBound - position), at: position)
            guard block.count >= needle.count else { return nil }
            if let found = Self.find(needle, in: block, from: 0) { return position + found }
            position += block.count - needle.count + 1
        }
        return nil
    }

    /// The place of the first of some bytes among others from a place on, or nil.
    static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard start + needle.count <= bytes.count else { return nil }
        let found = unsafe bytes.withUnsafeBytes {
            unsafe retouch_find($0.baseAddress! + start, $0.count - start, needle, needle.count)
        }
        return found >= 0 ? start + found : nil
    }
}

/// The numbers and words of a file, read in order through a window, for walks over small pieces of a large file.
struct FileWindow {
    let file: FileBytes
    private var block: [UInt8] = []
    private var start = 0

    init(_ file: FileBytes) { self.file = file }

    /// Exactly `count` bytes; nil where the file ends before.
    mutating func bytes(_ position: Int, _ count: Int) -> ArraySlice<UInt8>? {
        guard position >= 0, count >= 0, count <= file.size - position else { return nil }
        if position < start || position + count > start + block.count {
            block = file.read(max(count, 1 << 16), at: position)
            start = position
            guard block.count >= count else { return nil }
        }
        return block[position - start..<position - start + count]
    }

    /// Four characters.
    mutating func text(_ position: Int) -> String? { bytes(position, 4).map { $0.latin1 } }

    /// An unsigned integer; nil where there is none or where it is beyond any file's size.
    mutating func integer(_ position: Int, bytes count: Int, bigEndian: Bool) -> Int? {
        guard let bytes = bytes(position, count) else { return nil }
        return (bigEndian ? bytes.bigEndian : bytes.littleEndian).size
    }
}

extension UInt64 {
    /// The number as a size or place; nil beyond any file's, so that sums of a few stay within `Int`.
    var size: Int? { self < 1 << 60 ? Int(self) : nil }
}

extension Collection<UInt8> {
    /// The bytes as an unsigned integer, the highest first.
    var bigEndian: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
    /// The bytes as an unsigned integer, the lowest first.
    var littleEndian: UInt64 { reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    /// A character for each byte.
    var latin1: String { String(String.UnicodeScalarView(map { Unicode.Scalar($0) })) }
}

extension [UInt8] {
    /// The lowest `count` bytes of a number, the lowest first.
    init(little value: some BinaryInteger, _ count: Int) {
        self = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// The lowest `count` bytes of a number, the highest first.
    init(big value: some BinaryInteger, _ count: Int) {
        self = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }

    /// The 32-bit integer at a place, nil beyond the end.
    func integer(at place: Int, bytes count: Int = 4, bigEndian: Bool) -> Int? {
        guard place >= 0, place + count <= self.count else { return nil }
        let slice = self[place..<place + count]
        return (bigEndian ? slice.bigEndian : slice.littleEndian).size
    }
}
