internal import Foundation

/// Bytes as a decoder is to see them: stretches of a file, and bytes made up in memory such as a mended header.
struct VirtualFile: Sendable {
    private enum Piece: Sendable {
        case memory([UInt8])
        case file(Range<Int>)
    }
    let file: FileBytes
    private var pieces: [(start: Int, piece: Piece)] = []
    private(set) var count = 0

    init(_ file: FileBytes) { self.file = file }

    /// A stretch of a file.
    init(_ file: FileBytes, _ range: Range<Int>) {
        self.init(file)
        append(range)
    }

    mutating func append(_ bytes: [UInt8]) {
        pieces.append((count, .memory(bytes)))
        count += bytes.count
    }

    mutating func append(_ range: Range<Int>) {
        if case .file(let last)? = pieces.last?.piece, last.upperBound == range.lowerBound {
            pieces[pieces.count - 1].piece = .file(last.lowerBound..<range.upperBound)
        } else {
            pieces.append((count, .file(range)))
        }
        count += range.count
    }

    /// Fills a buffer with the bytes from `position` on and gives how many there were.
    @unsafe func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) -> Int {
        guard position >= 0, position < count else { return 0 }
        // The last piece that starts at or before the position.
        var (low, high) = (0, pieces.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].start <= position { low = middle } else { high = middle }
        }
        var done = 0
        for (start, piece) in pieces[low...] {
            let skipped = position + done - start
            let wanted = buffer.count - done
            if wanted == 0 { break }
            switch piece {
            case .memory(let bytes):
                let part = bytes[skipped..<min(bytes.count, skipped + wanted)]
                unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).copyBytes(from: part)
                done += part.count
            case .file(let range):
                let part = min(range.count - skipped, wanted)
                let found = unsafe file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + part]),
                    at: range.lowerBound + skipped)
                done += found
                if found < part { return done }
            }
        }
        return done
    }

    /// The file's descriptor and the place of the first byte, where all of it is one stretch of the file.
    func bytes(_ count: Int, at position: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, found in
            unsafe found = read(into: UnsafeMutableRawBufferPointer(buffer), at: position)
        }
    }
}
