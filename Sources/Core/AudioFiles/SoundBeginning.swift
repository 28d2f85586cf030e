internal import Foundation

/// Where within a file another sound file begins. Files that were joined byte by byte stand one after the other: what reads the first one stops
/// at its end or, where its header names no end, takes the next one's header for samples.
enum SoundBeginning {
    /// As many bytes tell what begins.
    private static let bytes = 64

    /// Whether a sound file begins at a place.
    /// - Parameter end: so far it is looked, where that is not the file's end.
    static func stands(in file: FileBytes, at place: Int, before end: Int = Int.max) -> Bool {
        let head = file.read(bytes, at: place)
        if isCertain(head) { return true }
        guard head.count > 4, head[0] == 0xFF && head[1] & 0xE0 == 0xE0 || head.starts(with: "ID3".utf8) else {
            return false
        }
        // A tag alone is none, and noise looks like a packet here and there. A picture in the tag may be long.
        let place = place + ID3Tag.length(head)
        let reach = min(file.size, end, place + (1 << 16))
        guard place < reach else { return false }
        return MP3Stream.all(in: file, place..<reach).streams.first.map { $0.count > 1 } ?? false
    }

    /// Whether a sound file begins at a place, but for MPEG audio.
    static func isCertain(_ window: inout FileWindow, at place: Int) -> Bool {
        guard place < window.file.size, let head = window.bytes(place, min(bytes, window.file.size - place)) else {
            return false
        }
        return isCertain(Array(head))
    }

    /// The first place in a range where a sound file begins, but for MPEG audio, whose packets look like anything.
    /// - Parameter names: what is looked for, of those that files begin with.
    static func first(
        in file: FileBytes, _ range: Range<Int>, _ names: [[UInt8]] = SoundBeginning.names
    ) -> Int? {
        var start = range.lowerBound
        while start < range.upperBound {
            let block = file.read(min(1 << 20, range.upperBound - start), at: start)
            let places = names.compactMap { name in
                // Four bytes of size come before the name of an MP4 file.
                let back = name == mp4 ? 4 : 0
                var next = back
                while let found = FileBytes.find(name, in: block, from: next) {
                    let place = found - back
                    let isInside = place + bytes <= block.count
                    if isCertain(isInside ? Array(block[place..<place + bytes]) : file.read(bytes, at: start + place)) {
                        return start + place
                    }
                    next = found + 1
                }
                return Int?.none
            }
            if let first = places.min() { return first }
            guard start + block.count < range.upperBound, block.count > bytes else { break }
            start += block.count - bytes
        }
        return nil
    }

    /// Of the format that a file itself has.
    static func ownNames(_ file: FileBytes) -> [[UInt8]] {
        let head = file.read(bytes, at: 0)
        return names.filter { head.starts(with: $0) }
    }

    private static let mp4 = Array("ftyp".utf8)

    static let names: [[UInt8]] =
        [
            "RIFF", "RIFX", "RF64", "BW64", "riff", "FORM", "caff", ".snd", "dns.", "fLaC", "OggS", "ftyp",
            "Creative Voice File", "NIST_1A", "2BIT", "ALawSoundFile**", "Extended Instrument: ", "MATLAB 5.0", "PVF1",
            " paf", "fap ", "wvpk", "TTA1", "MAC ", "MPCK", "FLV", "#!AMR", ".RMF", "DSD ",
        ].map { Array($0.utf8) } + ircam + [asf, matroska]

    private static let asf: [UInt8] = [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]
    private static let matroska: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3]
    /// Of the four kinds of machine that the format was made for, some of which wrote the number the other way round.
    private static let ircam: [[UInt8]] =
        (1...4).map { [0x64, 0xA3, $0, 0] } + (1...4).map { [0, $0, 0xA3, 0x64] }

    /// Whether bytes are a head that no sound has by chance: a name, and fields that make sense.
    private static func isCertain(_ head: [UInt8]) -> Bool {
        func has(_ text: String, at place: Int = 0) -> Bool { head.dropFirst(place).starts(with: text.utf8) }
        func has(_ bytes: [UInt8], at place: Int = 0) -> Bool { head.dropFirst(place).starts(with: bytes) }
        func number(_ place: Int, _ count: Int = 4, big: Bool) -> Int {
            head.integer(at: place, bytes: count, bigEndian: big) ?? -1
        }
        guard let name = names.first(where: { has($0) || $0 == mp4 && has($0, at: 4) }) else { return false }
        switch String(decoding: name, as: UTF8.self) {
        case "RIFF", "RIFX", "RF64", "BW64": return has("WAVE", at: 8) || has("AVI ", at: 8)
        case "riff": return has(Array(ChunkedFile.wave64Names.forms.prefix(4)), at: 4)
        case "FORM": return ["AIFF", "AIFC", "8SVX", "16SV"].contains { has($0, at: 8) }
        case "caff": return has([0, 1, 0, 0], at: 4) && has("desc", at: 8)
        case ".snd", "dns.":
            let big = head[0] == 0x2E
            return (24...65_536).contains(number(4, big: big)) && (1...27).contains(number(12, big: big))
                && isSound(rate: number(16, big: big), channels: number(20, big: big))
        case "fLaC": return head.count > 8 && head[4] & 0x7F == 0 && has([0, 0, 34], at: 5)
        case "OggS": return head.count > 5 && head[4] == 0 && head[5] & 2 == 2 && head[5] < 8
        case "ftyp": return (8...4096).contains(number(0, big: true))
        case "2BIT":
            return [0, 0xFFFF].contains(number(12, 2, big: true)) && [8, 16].contains(number(14, 2, big: true))
        case "PVF1":
            let numbers = head.dropFirst(5).prefix { $0 != 10 }.split(separator: 0x20).map { Int($0.latin1) ?? -1 }
            return head.count > 4 && head[4] == 10 && numbers.count == 3 && [8, 16, 32].contains(numbers[2])
                && isSound(rate: numbers[1], channels: numbers[0])
        case " paf", "fap ":
            let big = head[0] == 0x20
            return number(4, big: big) == 0 && (0...1).contains(number(8, big: big))
                && (0...2).contains(number(16, big: big))
                && isSound(rate: number(12, big: big), channels: number(20, big: big))
        case "wvpk": return (0x402...0x410).contains(number(8, 2, big: false))
        case "TTA1":
            return (1...3).contains(number(4, 2, big: false))
                && isSound(rate: number(10, big: false), channels: number(6, 2, big: false))
        case "MAC ": return (3980...4999).contains(number(4, 2, big: false)) && number(8, big: false) == 52
        case "MPCK": return has("SH", at: 4)
        case "FLV": return has([1], at: 3) && has([0, 0, 0, 9], at: 5)
        case "#!AMR": return has("\n", at: 5) || has("-WB\n", at: 5)
        case ".RMF": return has([0, 0, 0], at: 4)
        case "DSD ": return number(4, 8, big: false) == 28
        default: break
        }
        if name == matroska { return ["matroska", "webm"].contains { head.firstRange(of: Array($0.utf8)) != nil } }
        guard ircam.contains(name) else { return true }
        return [false, true].contains { big in
            let rate = Double(Float(bitPattern: UInt32(max(0, number(4, big: big)))))
            return rate.isFinite && [2, 4, 0x10001, 0x20001, 0x40004].contains(number(12, big: big))
                && isSound(rate: Int(max(-1, min(rate, 1e9))), channels: number(8, big: big))
        }
    }

    private static func isSound(rate: Int, channels: Int) -> Bool {
        (1...1_000_000).contains(rate) && (1...1024).contains(channels)
    }
}
