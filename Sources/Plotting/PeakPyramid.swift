public import Core
public import Foundation

/// The outline of a whole sound at several levels in a file, from which any piece of it is read at once.
///
/// The file holds the levels 8, 12, 16 and 20 one after the other, as ``PeakTile`` has its peaks, little-endian. It is made in one pass
/// over the sound; memory grows by a sixteenth of a byte for each frame of it at most.
public struct PeakPyramid: Sendable {
    private let url: URL
    private let frames: Int
    private let channels: Int

    private static let levels = [8, 12, 16, 20]

    /// Opens what ``make(of:at:)`` has made.
    /// - Parameters:
    ///   - url: the file.
    ///   - frames: the frames of the sound.
    ///   - channels: its channels.
    public init(_ url: URL, frames: Int, channels: Int) {
        self.url = url
        self.frames = frames
        self.channels = channels
    }

    /// Reads a sound from start to end and writes its outline.
    /// - Parameters:
    ///   - source: the sound.
    ///   - url: the file to write; it appears whole or not at all.
    /// - Throws: what reading the sound or writing the file throws; `CancellationError`.
    public static func make(of source: some SoundSource, at url: URL) throws {
        let part = url.appendingPathExtension("part")
        guard FileManager.default.createFile(atPath: part.path(percentEncoded: false), contents: nil) else {
            throw CocoaError(.fileWriteUnknown)
        }
        defer { try? FileManager.default.removeItem(at: part) }
        let output = try FileHandle(forWritingTo: part)
        defer { try? output.close() }
        let base = 1 << levels[0]
        var upper: [Int16] = []
        for start in stride(from: 0, to: source.frames, by: base << 9) {
            try Task.checkCancellation()
            let peaks = PeakTile.peaks(
                of: try source.read(frames: start..<min(source.frames, start + base << 9)), hop: base)
            try output.write(contentsOf: bytes(peaks))
            upper += reduced(peaks, by: 16, channels: source.channelCount)
        }
        for level in 1..<levels.count {
            if level > 1 { upper = reduced(upper, by: 16, channels: source.channelCount) }
            try output.write(contentsOf: bytes(upper))
        }
        _ = try? FileManager.default.removeItem(at: url)
        try FileManager.default.moveItem(at: part, to: url)
    }

    /// The lowest level of which a pyramid has pieces.
    public static var lowestLevel: Int { levels[0] }

    /// Reads a piece.
    /// - Parameters:
    ///   - level: the logarithm to the base 2 of a column's frames, ``lowestLevel``...`PeakTile.highestLevel`.
    ///   - index: the piece; it has to begin within the sound.
    /// - Throws: what reading the file throws.
    public func tile(level: Int, index: Int) throws -> PeakTile {
        let stored = Self.levels.last { $0 <= level } ?? Self.levels[0]
        let factor = 1 << (level - stored)
        let width = channels * 2 * MemoryLayout<Int16>.size
        let all = columns(stored)
        let first = index * PeakTile.columns * factor
        precondition(level >= Self.lowestLevel && first < all, "a piece beyond the sound")
        let before = Self.levels.prefix { $0 < stored }.reduce(0) { $0 + columns($1) }
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        try file.seek(toOffset: UInt64((before + first) * width))
        let count = (min(all, first + PeakTile.columns * factor) - first) * width
        let data = try file.read(upToCount: count) ?? Data()
        guard data.count == count else { throw CocoaError(.fileReadCorruptFile) }
        return PeakTile(Self.reduced(Self.numbers(data), by: factor, channels: channels))
    }

    private func columns(_ level: Int) -> Int { (frames + 1 << level - 1) >> level }

    /// The lowest and highest of every `factor` columns.
    private static func reduced(_ peaks: [Int16], by factor: Int, channels: Int) -> [Int16] {
        if factor == 1 { return peaks }
        let width = 2 * channels
        let columns = peaks.count / width
        var result: [Int16] = []
        for start in stride(from: 0, to: columns, by: factor) {
            for channel in 0..<channels {
                var (low, high) = (Int16.max, Int16.min)
                for column in start..<min(columns, start + factor) {
                    low = min(low, peaks[column * width + 2 * channel])
                    high = max(high, peaks[column * width + 2 * channel + 1])
                }
                result += [low, high]
            }
        }
        return result
    }

    private static func bytes(_ peaks: [Int16]) -> Data {
        var bytes = Data(capacity: 2 * peaks.count)
        for peak in peaks {
            bytes.append(UInt8(truncatingIfNeeded: peak))
            bytes.append(UInt8(truncatingIfNeeded: peak >> 8))
        }
        return bytes
    }

    private static func numbers(_ data: Data) -> [Int16] {
        let bytes = [UInt8](data)
        return stride(from: 0, to: bytes.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
    }
}
