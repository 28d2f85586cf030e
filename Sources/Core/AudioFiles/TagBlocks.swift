internal import Foundation

/// The tags of a FLAC or MP3 file as they lie in it: libsndfile knows ten words only, and would lose pictures,
/// catalogue numbers and whatever else players know.
struct TagBlocks {
    private let container: AudioContainer
    /// FLAC: the metadata blocks that stay true, each with its 4-byte head; MP3: the ID3v2 tag.
    private let blocks: [[UInt8]]

    /// The tags of `source` for a file of the same container; nil where these are not taken over as bytes.
    init?(of source: AudioFile, for format: AudioFormat) throws {
        guard source.format.container == format.container else { return nil }
        container = format.container
        let file = try FileHandle(forReadingFrom: source.url)
        defer { try? file.close() }
        func bytes(_ offset: Int, _ count: Int) throws -> [UInt8] {
            try file.seek(toOffset: UInt64(offset))
            return [UInt8](try file.read(upToCount: count) ?? Data())
        }
        let start = try Self.tagLength(bytes(0, 10))
        switch container {
        case .mp3 where start > 0: blocks = [try bytes(0, start)]
        case .flac:
            guard let all = try Self.flacBlocks(from: start, bytes) else { return nil }
            // Of the fixed parts, the stream's description is the new file's own; seek points and padding are not
            // needed; a cue sheet counts samples.
            blocks = all.filter { block in
                switch block[0] & 0x7F {
                case 0, 1, 3: false
                case 5: source.rate == format.rate
                default: true
                }
            }
        default: return nil
        }
    }

    /// The length of an ID3v2 tag with its head, 0 where there is none (ID3v2.4, section 3.1).
    static func tagLength(_ head: [UInt8]) -> Int {
        guard head.count == 10, head.starts(with: "ID3".utf8) else { return 0 }
        return 10 + head[6...].reduce(0) { $0 << 7 | Int($1 & 0x7F) } + (head[5] & 0x10 != 0 ? 10 : 0)
    }

    /// FLAC's metadata blocks (RFC 9639, section 8); nil where the file is no FLAC.
    private static func flacBlocks(
        from start: Int, _ bytes: (Int, Int) throws -> [UInt8]
    ) rethrows -> [[UInt8]]? {
        guard try bytes(start, 4).elementsEqual("fLaC".utf8) else { return nil }
        var (position, result) = (start + 4, [[UInt8]]())
        while true {
            let head = try bytes(position, 4)
            guard head.count == 4 else { return nil }
            let size = 4 + head[1...].reduce(0) { $0 << 8 | Int($1) }
            result.append(try bytes(position, size))
            position += size
            if head[0] & 0x80 != 0 { return result }
        }
    }

    /// Puts the tags into a finished file in place of its own.
    func insert(into output: OutputFile) throws {
        guard container == .flac else { return try output.replaceHeader(of: 0, with: blocks.joined().map { $0 }) }
        guard let own = try Self.flacBlocks(from: 0, { try output.read($1, at: $0) }) else {
            throw AudioError.unwritable(file: output.name, reason: "the encoder gave no FLAC")
        }
        var all = own.prefix(1) + blocks
        for index in all.indices {
            all[index][0] &= 0x7F
            if index == all.count - 1 { all[index][0] |= 0x80 }
        }
        try output.replaceHeader(
            of: 4 + own.reduce(0) { $0 + $1.count }, with: Array("fLaC".utf8) + all.joined())
    }
}
