internal import Foundation

/// How far the samples of a file of a rarer format go by its own header, which libsndfile does not hold against what is
/// there: NIST, AVR, MPC 2000, Psion's WVE, IFF (8SVX, 16SV), Matlab 4 and 5, Sample Dump Standard, VOC, FastTracker's
/// instruments and HTK.
struct RareHeader: Sendable {
    /// Where the header says that the samples lie.
    let samples: Range<Int>
    /// The first byte after the sound, beyond the file's end where it is cut short.
    let end: Int
    /// Where the samples lie in several blocks, whose heads libsndfile would take for samples: those blocks.
    private var blocks: [Range<Int>] = []
    /// How a WAV file would name the samples in those blocks.
    private var waveFormat: [UInt8] = []
    /// The place of a block that goes with the others in no way that can be read.
    private(set) var oddBlock: Int?

    /// Whether the header's count of frames has to be that of the file: HTK's.
    private var isCounted = false

    /// Whether the samples lie in several blocks.
    var isInBlocks: Bool { !blocks.isEmpty }

    private init(_ start: Int, count: Int, end: Int? = nil) {
        samples = start..<start + max(0, count)
        self.end = end ?? samples.upperBound
    }

    /// Nil for other files, and where the header does not say.
    init?(_ file: FileBytes) {
        var window = FileWindow(file)
        let head = file.read(128, at: 0)
        func little(_ place: Int, _ count: Int = 4) -> Int? { head.integer(at: place, bytes: count, bigEndian: false) }
        func big(_ place: Int, _ count: Int = 4) -> Int? { head.integer(at: place, bytes: count, bigEndian: true) }
        func begins(_ text: String) -> Bool { head.starts(with: text.utf8) }
        if begins("NIST_1A") {
            guard let found = Self.nist(file) else { return nil }
            self = found
        } else if begins("2BIT"), let isStereo = big(12, 2), let bits = big(14, 2), let frames = big(26) {
            // Some programs count the samples of both channels together.
            let count = frames * bits / 8
            self.init(128, count: isStereo == 0 || 128 + count == file.size ? count : 2 * count)
        } else if head.starts(with: [1, 4]), head.count >= 42, let frames = little(30), head[21] <= 1 {
            self.init(42, count: frames * (head[21] == 0 ? 1 : 2) * 2)
        } else if begins("ALawSoundFile**"), let count = big(18) {
            self.init(32, count: count)
        } else if begins("FORM"), let size = big(4), ["8SVX", "16SV"].contains(window.text(8)) {
            guard let body = Self.body(size, &window) else { return nil }
            self.init(body.lowerBound, count: body.count, end: max(body.upperBound, 8 + size + size % 2))
        } else if begins("MATLAB 5.0"),
            let found = Self.matlab5(&window, bigEndian: head.suffix(2).elementsEqual("MI".utf8))
        {
            self = found
        } else if let found = Self.matlab4(&window) {
            self = found
        } else if head.starts(with: [0xF0, 0x7E]), head.count >= 21, head[3] == 1 {
            // Seven bits in a byte; packets of 120 bytes of samples.
            let count = Int(head[10]) | Int(head[11]) << 7 | Int(head[12]) << 14
            let inPacket = 120 / max(1, (Int(head[6]) + 6) / 7)
            self.init(21, count: (count + inPacket - 1) / inPacket * 127)
        } else if begins("Creative Voice File"), let found = Self.voc(&window) {
            self = found
        } else if begins("Extended Instrument: "), let found = Self.instrument(&window) {
            self = found
        } else if let found = Self.htk(head) {
            self = found
        } else {
            return nil
        }
    }

    /// The header's own words name the counts.
    private static func nist(_ file: FileBytes) -> RareHeader? {
        let text = file.read(4096, at: 0).latin1
        let lines = text.split(separator: "\n", maxSplits: 200)
        guard lines.count > 2, let start = Int(lines[1].drop { $0 == " " }), start > 0 else { return nil }
        func number(_ name: String) -> Int? {
            lines.first { $0.hasPrefix(name + " ") }.flatMap { Int($0.split(separator: " ").last ?? "") }
        }
        guard let frames = number("sample_count"), let width = number("sample_n_bytes"), frames >= 0, frames < 1 << 40,
            let channels = number("channel_count"), (1...8).contains(width), (1...4096).contains(channels)
        else { return nil }
        return RareHeader(start, count: frames * width * channels)
    }

    /// The chunk of samples of an IFF file.
    private static func body(_ size: Int, _ window: inout FileWindow) -> Range<Int>? {
        var position = 12
        while let id = window.text(position), let count = window.integer(position + 4, bytes: 4, bigEndian: true) {
            if id == "BODY" { return position + 8..<position + 8 + count }
            position += 8 + count + count % 2
        }
        return nil
    }

    /// The last of a Matlab file's matrices is the sound.
    private static func matlab4(_ window: inout FileWindow) -> RareHeader? {
        var (position, found) = (0, RareHeader?.none)
        while let type = window.integer(position, bytes: 4, bigEndian: false) {
            let isBig = type >= 1 << 24
            func number(_ place: Int) -> Int? { window.integer(position + place, bytes: 4, bigEndian: isBig) }
            let widths = [8, 4, 4, 2, 2, 1]
            guard let kind = number(0), let rows = number(4), let columns = number(8), number(12) == 0,
                let name = number(16), [0, 1000].contains(kind / 100 * 100), kind % 100 / 10 < 6,
                (1...64).contains(name),
                rows < 1 << 20,
                // With the rate another file begins.
                (position == 0) == (window.bytes(position + 20, 11)?.elementsEqual("samplerate\0".utf8) == true)
            else { return found }
            let start = position + 20 + name
            position = start + rows * columns * widths[kind % 100 / 10]
            found = RareHeader(start, count: position - start)
        }
        return found
    }

    private static func matlab5(_ window: inout FileWindow, bigEndian: Bool) -> RareHeader? {
        var (position, found) = (128, RareHeader?.none)
        func number(_ place: Int) -> Int? { window.integer(place, bytes: 4, bigEndian: bigEndian) }
        while number(position) == 14, let size = number(position + 4) {
            // Flags, dimensions and a name come before the numbers; a part of four bytes at most stands beside its size.
            var part = position + 8
            for _ in 0..<3 {
                guard let kind = number(part), let count = number(part + 4) else { return found }
                part += kind >> 16 == 0 ? 8 + (count + 7) / 8 * 8 : 8
            }
            guard let count = number(part + 4) else { return found }
            // libsndfile counts eight bytes more in a matrix than it has.
            let end = part + 8 + (count + 7) / 8 * 8
            found = RareHeader(part + 8, count: count, end: end)
            position = end == position + size ? end : position + 8 + size
        }
        return found
    }

    /// FastTracker's samples, each with a head of 40 bytes; nil where no size was filled in, as libsndfile does, and what follows is sound.
    private static func instrument(_ window: inout FileWindow) -> RareHeader? {
        guard let count = window.integer(296, bytes: 2, bigEndian: false), (1...16).contains(count) else { return nil }
        let sizes = (0..<count).compactMap { window.integer(298 + 40 * $0, bytes: 4, bigEndian: false) }
        guard let first = sizes.first, first > 0 else { return nil }
        let start = 298 + 40 * count
        var result = RareHeader(start, count: first, end: start + sizes.reduce(0, +))
        // Each has a pitch of its own, and one is what is read.
        if result.end > start + first { result.oddBlock = start + first }
        return result
    }

    /// HTK's header has no name, but few numbers that it can have: frames, a hundred nanoseconds, two bytes a sample, waveform.
    private static func htk(_ head: [UInt8]) -> RareHeader? {
        guard let frames = head.integer(at: 0, bigEndian: true), let period = head.integer(at: 4, bigEndian: true),
            head.integer(at: 8, bytes: 2, bigEndian: true) == 2, head.integer(at: 10, bytes: 2, bigEndian: true) == 0,
            (1..<1 << 30).contains(frames), (20...20_000).contains(period), 12 + 2 * frames < 1 << 31
        else { return nil }
        var result = RareHeader(12, count: 2 * frames)
        result.isCounted = true
        return result
    }

    /// Creative's blocks: of sound, of its continuation, of silence, of words.
    private static func voc(_ window: inout FileWindow) -> RareHeader? {
        guard var position = window.integer(20, bytes: 2, bigEndian: false), position >= 20 else { return nil }
        var (blocks, waveFormat, oddBlock, end) = ([Range<Int>](), [UInt8](), Int?.none, Int?.none)
        var (extended, isMended) = ([UInt8](), false)
        while let type = window.bytes(position, 1)?.first, end == nil {
            guard type != 0, var size = window.integer(position + 1, bytes: 3, bigEndian: false) else {
                end = position + 1
                break
            }
            let content = position + 4
            if type == 9, isShort(content + size, &window) {
                size += 8
                isMended = true
            }
            let head = window.bytes(content, min(size, 12)).map(Array.init) ?? []
            switch type {
            case 8: extended = head
            case 1, 9:
                let format = Self.format(of: type, head, extended)
                if !blocks.isEmpty, format.isEmpty || format != waveFormat { oddBlock = oddBlock ?? position }
                waveFormat = format
                blocks.append(content + min(size, type == 1 ? 2 : 12)..<content + size)
                extended = []
            case 2:
                if blocks.isEmpty || waveFormat.isEmpty { oddBlock = oddBlock ?? position }
                blocks.append(content..<content + size)
            case 3: oddBlock = oddBlock ?? position
            default: break
            }
            position = content + size
        }
        guard let first = blocks.first, let last = blocks.last else { return nil }
        var result = RareHeader(
            first.lowerBound, count: last.upperBound - first.lowerBound, end: max(end ?? 0, last.upperBound))
        if blocks.count > 1 || isMended { (result.blocks, result.waveFormat) = (blocks, waveFormat) }
        result.oddBlock = oddBlock
        return result
    }

    /// Whether the file's end, or another file, is found eight bytes behind a block and not at its own end: SoX counts them short.
    private static func isShort(_ end: Int, _ window: inout FileWindow) -> Bool {
        let next = end + 9
        guard window.bytes(end + 8, 1)?.first == 0 else { return false }
        return next == window.file.size || SoundBeginning.isCertain(&window, at: next)
    }

    /// What WAV says of a block of sound that WAV could hold; nothing of others.
    private static func format(of type: UInt8, _ head: [UInt8], _ extended: [UInt8]) -> [UInt8] {
        var (rate, bits, channels, codec) = (0, 8, 1, 0)
        if type == 9 {
            guard head.count == 12 else { return [] }
            rate = Int(head[..<4].littleEndian)
            (bits, channels, codec) = (Int(head[4]), Int(head[5]), Int(head[6..<8].littleEndian))
        } else {
            guard head.count >= 2 else { return [] }
            (rate, codec) = (1_000_000 / (256 - Int(head[0])), Int(head[1]))
            if extended.count >= 4 {
                channels = extended[3] == 0 ? 1 : 2
                rate = 256_000_000 / (65_536 - Int(extended[..<2].littleEndian)) / channels
                codec = Int(extended[2])
            }
        }
        let tags = [0: 1, 4: 1, 6: 6, 7: 7]
        guard let tag = tags[codec], (1...8).contains(channels), [8, 16].contains(bits), rate > 0 else { return [] }
        let width = channels * bits / 8
        return [UInt8](little: tag, 2) + [UInt8](little: channels, 2) + [UInt8](little: rate, 4)
            + [UInt8](little: rate * width, 4) + [UInt8](little: width, 2) + [UInt8](little: bits, 2)
    }

    /// The file as a decoder is to see it: without what follows the sound, and its blocks as one.
    func source(_ file: FileBytes) -> VirtualFile {
        let end = min(end, file.size)
        if isCounted {
            let frames = (end - samples.lowerBound) / 2
            var result = VirtualFile(file)
            result.append([UInt8](big: frames, 4))
            result.append(4..<samples.lowerBound + 2 * frames)
            return result
        }
        if blocks.isEmpty || waveFormat.isEmpty { return VirtualFile(file, 0..<end) }
        let there = blocks.map { min($0.lowerBound, end)..<min($0.upperBound, end) }
        let count = there.reduce(0) { $0 + $1.count }
        var result = VirtualFile(file)
        result.append(
            Array("RIFF".utf8) + [UInt8](little: 28 + count, 4) + Array("WAVEfmt ".utf8) + [UInt8](little: 16, 4)
                + waveFormat + Array("data".utf8) + [UInt8](little: count, 4))
        for block in there { result.append(block) }
        return result
    }
}
