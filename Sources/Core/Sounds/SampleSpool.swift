internal import Foundation

/// The samples of one channel, put aside until all of them are known: some minutes in memory, more in a temporary file that has no name
/// and so is gone with its last user, whatever happens.
public final class SampleSpool {
    /// The largest sample so far, by its amount; one that is not a number does not count.
    public private(set) var peak: Float = 0
    /// The end of the samples, which is not in the file yet.
    private var samples: [Float] = []
    private var file: Int32 = -1
    /// Samples in the file.
    private var written = 0

    /// Samples that are held in memory before they go to the file.
    private let capacity: Int

    /// A spool without samples.
    /// - Parameter capacity: the number of samples that are held in memory.
    public init(capacity: Int = 1 << 24) {
        precondition(capacity > 0, "a spool holds something")
        self.capacity = capacity
    }

    deinit { if file >= 0 { close(file) } }

    /// Puts some more samples aside.
    /// - Throws: `AudioError.diskFull` or `unwritable`, which name the folder for temporary files.
    public func append(_ more: [Float]) throws(AudioError) {
        for sample in more { peak = max(peak, sample.isNaN ? 0 : abs(sample)) }
        samples += more
        if samples.count > capacity { try spill() }
    }

    /// Calls `body` with all samples, in order, block by block.
    /// - Throws: what `body` throws; `AudioError.unreadable`.
    public func forEachBlock(_ body: ([Float]) throws -> Void) throws {
        let size = 1 << 16
        for start in stride(from: 0, to: written, by: size) {
            var block = [Float](repeating: 0, count: min(size, written - start))
            let count = block.count * MemoryLayout<Float>.stride
            let found = unsafe pread(file, &block, count, start * MemoryLayout<Float>.stride)
            guard found == count else {
                throw AudioError.unreadable(file: Self.folder, reason: FileStatus.words(errno))
            }
            try body(block)
        }
        for start in stride(from: 0, to: samples.count, by: size) {
            try body(Array(samples[start..<min(samples.count, start + size)]))
        }
    }

    private static var folder: String { FileManager.default.temporaryDirectory.path }

    private func spill() throws(AudioError) {
        if file < 0 { file = TemporaryFiles.openNameless() }
        let (samples, offset) = (self.samples, written * MemoryLayout<Float>.stride)
        let code = unsafe samples.withUnsafeBytes { bytes -> Int32 in
            if file < 0 { return errno }
            var done = 0
            while done < bytes.count {
                let moved = unsafe pwrite(file, bytes.baseAddress! + done, bytes.count - done, offset + done)
                if moved < 0 && errno == EINTR { continue }
                guard moved > 0 else { return errno }
                done += moved
            }
            return 0
        }
        guard code == 0 else {
            throw code == ENOSPC || code == EDQUOT
                ? .diskFull(file: Self.folder) : .unwritable(file: Self.folder, reason: FileStatus.words(code))
        }
        written += samples.count
        self.samples.removeAll(keepingCapacity: true)
    }
}
