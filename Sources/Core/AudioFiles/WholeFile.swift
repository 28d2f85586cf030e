public import Foundation

/// A file that is read at once: a list, labels, a recipe. It may be a pipe.
public enum WholeFile {
    /// The largest file that is taken, in bytes: a list of a million jobs is smaller.
    public static let largest = 1 << 30

    /// All bytes of a file.
    /// - Parameter url: the file; a pipe or a device is read to its end.
    /// - Throws: `AudioError.missing` or `unreadable`.
    public static func read(_ url: URL) throws(AudioError) -> Data {
        let name = FilePath.readable(url.relativePath)
        let descriptor = unsafe FilePath(url).withCString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure(name) }
        defer { close(descriptor) }
        return try read(descriptor, name: name)
    }

    /// All bytes that come through an open file.
    /// - Parameters:
    ///   - descriptor: the open file; it stays open.
    ///   - name: what the file is called in messages.
    /// - Throws: `AudioError.unreadable`.
    public static func read(_ descriptor: Int32, name: String) throws(AudioError) -> Data {
        var result = Data()
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(name) }
            if count == 0 { return result }
            result.append(contentsOf: block[..<count])
            guard result.count <= largest else {
                throw .unreadable(file: name, reason: "it is larger than \(largest >> 20) MB")
            }
        }
    }

    private static func failure(_ name: String) -> AudioError {
        let code = errno
        return code == ENOENT ? .missing(file: name) : .unreadable(file: name, reason: FileStatus.words(code))
    }
}
