internal import Foundation

/// A whole file mapped read-only into memory. The pages are read when they are touched.
@safe final class MappedFile: Sendable {
    let path: String
    let count: Int
    private nonisolated(unsafe) let base: UnsafeRawPointer

    init(_ url: URL) throws(CheckpointError) {
        path = url.path(percentEncoded: false)
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.systemError(path) }
        defer { close(descriptor) }

        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.systemError(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: path, reason: "it is not a regular file")
        }
        guard status.st_size > 0 else { throw .malformed(file: path, key: nil, reason: "the file is empty") }
        count = Int(status.st_size)
        guard let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe address != MAP_FAILED
        else { throw Self.systemError(path) }
        unsafe base = UnsafeRawPointer(address)
    }

    deinit {
        unsafe munmap(UnsafeMutableRawPointer(mutating: base), count)
    }

    /// The file's bytes, valid while the file object lives.
    var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    /// A copy of some bytes; the range must lie within the file.
    func copy(_ range: Range<Int>) -> Data {
        unsafe Data(bytes[range])
    }

    /// A little-endian number at any byte offset, nil outside the file.
    func integer<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T? {
        let width = MemoryLayout<T>.size
        guard offset >= 0, width <= count, offset <= count - width else { return nil }
        return T(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// Gives the resident pages back to the system; they are read again when touched again.
    func releasePages() {
        unsafe madvise(UnsafeMutableRawPointer(mutating: base), count, MADV_DONTNEED)
    }

    private static func systemError(_ path: String) -> CheckpointError {
        .unreadable(file: path, reason: unsafe String(cString: strerror(errno)))
    }
}
