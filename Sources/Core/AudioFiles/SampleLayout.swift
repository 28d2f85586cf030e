internal import Foundation

/// Where a sound file of plain chunks keeps its samples: read from its header without libsndfile, which shortens a
/// truncated file without a word and does not tell where the samples lie.
struct SampleLayout: Sendable, Equatable {
    /// The first sample's byte in the file.
    let offset: Int
    /// Bytes of samples that the header promises.
    let promisedBytes: Int
    /// Bytes of samples that the file has, at most `promisedBytes`.
    let foundBytes: Int

    /// The layout of a WAV, RF64, W64, AIFF, AU or CAF file; nil for others and where the header makes no sense.
    static func find(in url: URL) -> SampleLayout? {
        guard let file = try? FileHandle(forReadingFrom: url), let size = try? file.seekToEnd() else { return nil }
        defer { try? file.close() }
        let source = HeaderBytes(file: file, size: Int(size))
        switch source.text(0) {
        case "RIFF", "RF64", "BW64": return riff(source, bigEndian: false)
        case "RIFX": return riff(source, bigEndian: true)
        case "riff": return wave64(source)
        case "FORM": return aiff(source)
        case ".snd": return au(source, bigEndian: true)
        case "dns.": return au(source, bigEndian: false)
        case "caff": return caf(source)
        default: return nil
        }
    }

    private init(_ source: HeaderBytes, offset: Int, promised: Int?) {
        self.offset = offset
        promisedBytes = promised ?? max(0, source.size - offset)
        foundBytes = min(promisedBytes, max(0, source.size - offset))
    }

    /// RIFF's sizes when a program wrote into a pipe and could not come back to fill them in.
    private static func isPlaceholder(_ size: Int) -> Bool { size >= 0x7FFF_F000 && size <= 0x7FFF_FFFF }

    private static func riff(_ source: HeaderBytes, bigEndian: Bool) -> SampleLayout? {
        guard source.text(8) == "WAVE" else { return nil }
        var (position, longSize) = (12, Int?.none)
        while let size = source.integer(position + 4, bytes: 4, bigEndian: bigEndian) {
            switch source.text(position) {
            case "ds64": longSize = source.integer(position + 16, bytes: 8, bigEndian: bigEndian)
            case "data":
                let isUnknown = size == 0xFFFF_FFFF || isPlaceholder(size) && source.size - position - 8 < size
                // A header that was never finished says 0.
                let isUnfinished = size == 0 && longSize == nil && position + 8 < source.size
                return SampleLayout(
                    source, offset: position + 8, promised: isUnknown || isUnfinished ? longSize : size)
            default: break
            }
            position += 8 + size + size % 2
        }
        return nil
    }

    /// Sony's Wave64: RIFF with 16-byte names, 8-byte sizes that count the chunk's head, and steps of 8.
    private static func wave64(_ source: HeaderBytes) -> SampleLayout? {
        var position = 40
        while let size = source.integer(position + 16, bytes: 8, bigEndian: false), size >= 24 {
            if source.text(position) == "data" {
                return SampleLayout(source, offset: position + 24, promised: size - 24)
            }
            guard size < source.size else { return nil }
            position += (size + 7) / 8 * 8
        }
        return nil
    }

    private static func aiff(_ source: HeaderBytes) -> SampleLayout? {
        guard let kind = source.text(8), kind == "AIFF" || kind == "AIFC" else { return nil }
        var position = 12
        while let size = source.integer(position + 4, bytes: 4, bigEndian: true) {
            if source.text(position) == "SSND", let skip = source.integer(position + 8, bytes: 4, bigEndian: true) {
                return SampleLayout(source, offset: position + 16 + skip, promised: size - 8 - skip)
            }
            position += 8 + size + size % 2
        }
        return nil
    }

    private static func au(_ source: HeaderBytes, bigEndian: Bool) -> SampleLayout? {
        guard let offset = source.integer(4, bytes: 4, bigEndian: bigEndian),
            let size = source.integer(8, bytes: 4, bigEndian: bigEndian)
        else { return nil }
        return SampleLayout(source, offset: offset, promised: size == 0xFFFF_FFFF ? nil : size)
    }

    /// Apple's Core Audio Format: a data chunk starts with 4 bytes of edit count, and a size of -1 says "to the end".
    private static func caf(_ source: HeaderBytes) -> SampleLayout? {
        var position = 8
        while let name = source.text(position) {
            let size = source.integer(position + 4, bytes: 8, bigEndian: true)
            if name == "data" {
                let isOpen = source.text(position + 4, bytes: 8) == [UInt8](repeating: 0xFF, count: 8)
                if size == nil && !isOpen { return nil }
                return SampleLayout(source, offset: position + 16, promised: size.map { $0 - 4 })
            }
            guard let size, size < source.size else { return nil }
            position += 12 + size
        }
        return nil
    }
}

/// Bytes of a file's header, read at their places.
private struct HeaderBytes {
    let file: FileHandle
    let size: Int

    func text(_ position: Int, bytes count: Int) -> [UInt8]? {
        guard position >= 0, position + count <= size, (try? file.seek(toOffset: UInt64(position))) != nil,
            let data = try? file.read(upToCount: count), data.count == count
        else { return nil }
        return [UInt8](data)
    }

    func text(_ position: Int) -> String? {
        text(position, bytes: 4).map { String(decoding: $0, as: UTF8.self) }
    }

    /// An unsigned integer; nil where there is none or where it is beyond `Int`.
    func integer(_ position: Int, bytes count: Int, bigEndian: Bool) -> Int? {
        guard let bytes = text(position, bytes: count) else { return nil }
        let value = (bigEndian ? bytes : bytes.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(exactly: value)
    }
}
