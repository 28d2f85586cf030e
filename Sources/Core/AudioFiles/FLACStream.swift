internal import Foundation

/// One FLAC stream in a file (RFC 9639): its metadata blocks, and how many samples its last frame says there are.
struct FLACStream: Sendable {
    struct Block: Sendable, Equatable {
        let type: UInt8
        let content: [UInt8]
    }
    let blocks: [Block]
    /// From "fLaC" to the next stream or the file's end.
    let range: Range<Int>
    /// The first frame's byte.
    let firstFrame: Int

    var rate: Int { Int(blocks[0].content[10..<13].bigEndian >> 4) }
    var channels: Int { Int(blocks[0].content[12] >> 1 & 7) + 1 }
    var longestBlock: Int { Int(blocks[0].content[2..<4].bigEndian) }
    /// Samples in each channel; 0 where the header does not say.
    var promisedFrames: Int { Int(blocks[0].content[13..<18].bigEndian & 0xF_FFFF_FFFF) }

    /// The streams of a file that lie one after the other; libsndfile reads the first only.
    /// - Parameter start: the place of the first "fLaC".
    static func all(in file: FileBytes, from start: Int) -> [FLACStream] {
        var (streams, start) = ([FLACStream](), start)
        while let (blocks, firstFrame) = readBlocks(of: file, at: start) {
            // The next stream begins with its name and the head of a description of 34 bytes, the last block or not.
            let next = [0x00, 0x80].compactMap {
                file.find(Array("fLaC".utf8) + [$0, 0, 0, 34], in: firstFrame..<file.size)
            }.min()
            streams.append(FLACStream(blocks: blocks, range: start..<(next ?? file.size), firstFrame: firstFrame))
            guard let next else { break }
            start = next
        }
        return streams
    }

    private static func readBlocks(of file: FileBytes, at start: Int) -> (blocks: [Block], end: Int)? {
        guard file.read(4, at: start).elementsEqual("fLaC".utf8) else { return nil }
        var (blocks, position) = ([Block](), start + 4)
        while true {
            let head = file.read(4, at: position)
            guard head.count == 4 else { return nil }
            let size = Int(head[1...].bigEndian)
            let content = file.read(size, at: position + 4)
            guard content.count == size else { return nil }
            blocks.append(Block(type: head[0] & 0x7F, content: content))
            position += 4 + size
            if head[0] & 0x80 != 0 { break }
        }
        guard let first = blocks.first, first.type == 0, first.content.count == 34 else { return nil }
        return (blocks, position)
    }

    /// The stream with the length in its header taken out, so that a decoder goes on to the end.
    func withoutLength(_ file: FileBytes, to end: Int) -> VirtualFile {
        var description = blocks[0].content
        description[13] &= 0xF0
        for index in 14..<18 { description[index] = 0 }
        var result = VirtualFile(file)
        result.append(Array("fLaC".utf8) + [0x80, 0, 0, 34] + description)
        result.append(firstFrame..<end)
        return result
    }

    /// A frame by its head: the byte that it starts at, and the sample after its last.
    struct Frame {
        let byte: Int
        let end: Int
    }

    /// The last frame that begins near the stream's end, be it whole or not; nil where none is found.
    func lastFrame(in file: FileBytes) -> Frame? {
        let reach = 1 << 17
        let start = max(firstFrame, range.upperBound - reach)
        let bytes = file.read(range.upperBound - start, at: start)
        let first = file.read(4, at: firstFrame)
        guard first.count == 4 else { return nil }
        for place in bytes.indices.reversed() where bytes[place] == 0xFF {
            if let end = frameEnd(bytes, place, like: first) { return Frame(byte: start + place, end: end) }
        }
        return nil
    }

    /// The sample after the frame whose head starts at a place; nil where none does (RFC 9639, section 9.1).
    private func frameEnd(_ bytes: [UInt8], _ place: Int, like first: [UInt8]) -> Int? {
        guard place + 16 < bytes.count, bytes[place + 1] == first[1], bytes[place + 2] & 15 == first[2] & 15,
            bytes[place + 3] & 15 == first[3] & 15
        else { return nil }
        let sizeCode = bytes[place + 2] >> 4
        guard sizeCode != 0, bytes[place + 3] >> 4 <= 10 else { return nil }
        // The number, as UTF-8 would write it.
        let lead = bytes[place + 4]
        let extra = lead < 0x80 ? 0 : (~lead).leadingZeroBitCount - 1
        guard extra != 0 || lead < 0x80, extra <= 6 else { return nil }
        var number = extra == 0 ? Int(lead) : Int(lead) & (0x3F >> extra)
        for byte in bytes[place + 5..<place + 5 + extra] { number = number << 6 | Int(byte & 0x3F) }
        var position = place + 5 + extra
        let size: Int
        switch sizeCode {
        case 1: size = 192
        case 2...5: size = 576 << (Int(sizeCode) - 2)
        case 6:
            size = Int(bytes[position]) + 1
            position += 1
        case 7:
            size = Int(bytes[position..<position + 2].bigEndian) + 1
            position += 2
        default: size = 256 << (Int(sizeCode) - 8)
        }
        position += [12: 1, 13: 2, 14: 2][first[2] & 15] ?? 0
        guard position < bytes.count, Self.checksum(bytes[place..<position]) == bytes[position] else { return nil }
        // With blocks of one size the head counts blocks, else samples.
        return bytes[place + 1] & 1 == 1 ? number + size : number * longestBlock + size
    }

    /// Where a frame may end: places at which its check sum comes out right. Of a frame that is not whole there are none but by chance, once in 65536
    /// bytes.
    /// - Parameter upper: the byte after the stream, without a tag that stands there.
    func ends(of frame: Frame, in file: FileBytes, before upper: Int) -> [Int] {
        let bytes = file.read(upper - frame.byte, at: frame.byte)
        var (sum, ends) = (UInt16(0), [Int]())
        for (place, byte) in bytes.enumerated() {
            sum = sum << 8 ^ Self.checksums[Int(UInt8(sum >> 8) ^ byte)]
            if sum == 0, place > 8, ends.count < 64 { ends.append(frame.byte + place + 1) }
        }
        if sum == 0, ends.last != upper { ends.append(upper) }
        return ends
    }

    /// The stream with nothing but one frame.
    func alone(_ frame: Range<Int>, _ file: FileBytes) -> VirtualFile {
        var result = withoutLength(file, to: firstFrame)
        result.append(frame)
        return result
    }

    /// The check of 16 bits with the polynomial 8005 of each byte; over bytes and their check it comes out as nought.
    private static let checksums: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { value, _ in value << 1 ^ (value & 0x8000 != 0 ? 0x8005 : 0) }
    }

    /// A cyclic redundancy check of 8 bits with the polynomial 07.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt8 {
        bytes.reduce(0) { sum, byte in
            (0..<8).reduce(sum ^ byte) { value, _ in value << 1 ^ (value & 0x80 != 0 ? 0x07 : 0) }
        }
    }
}
