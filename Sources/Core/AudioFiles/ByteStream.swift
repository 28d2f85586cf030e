internal import Foundation

/// What a C decoder or encoder reads from or writes to through its callbacks.
class ByteStream {
    var position = 0
    /// Bytes in all.
    var count: Int { 0 }

    @unsafe func read(into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
    @unsafe func write(_ bytes: UnsafeRawBufferPointer) -> Int { 0 }

    /// Moves as `lseek` does and gives the new position.
    func seek(_ offset: Int, _ origin: Int32) -> Int {
        let base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : count
        guard base + offset >= 0 else { return -1 }
        position = base + offset
        return position
    }
}

/// A virtual file that is read.
final class ReadingStream: ByteStream {
    private let source: VirtualFile

    init(_ source: VirtualFile) { self.source = source }

    override var count: Int { source.count }

    @unsafe override func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let found = unsafe source.read(into: buffer, at: position)
        position += found
        return found
    }
}

/// A file that is being written, from a byte on.
class WritingStream: ByteStream {
    let output: OutputFile
    private let base: Int
    private var end = 0
    /// The first failure.
    private(set) var failure: AudioError?

    init(_ output: OutputFile, from base: Int = 0) {
        self.output = output
        self.base = base
    }

    override var count: Int { end }

    func fail(_ error: AudioError) { failure = failure ?? error }

    @unsafe override func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let bytes = (try? output.read(buffer.count, at: base + position)) ?? []
        unsafe buffer.copyBytes(from: bytes)
        position += bytes.count
        return bytes.count
    }

    @unsafe override func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        do throws(AudioError) {
            try unsafe output.write(bytes, at: base + position)
        } catch {
            fail(error)
            return 0
        }
        position += bytes.count
        end = max(end, position)
        return bytes.count
    }
}
