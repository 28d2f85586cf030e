internal import Foundation

/// The packets of an MPEG audio stream (layers I to III) in a file, without the tags before, between and after them.
/// A file may hold several streams one after the other, each with a header packet of its own that says how long it is.
struct MP3Stream: Sendable {
    /// The whole packets.
    private(set) var packets: VirtualFile
    let layer: Int
    let rate: Int
    private(set) var channels: Int
    /// Frames of one packet.
    let packetFrames: Int
    /// Packets with sound, as they were counted.
    private(set) var count = 0
    /// Packets with sound, as the header packet counts them; nil without one.
    private(set) var promised: Int?
    private(set) var hasHeader: Bool

    /// The streams of some bytes of a file.
    /// - Returns: the streams, what of the range belongs to none of them, and whether a packet at its end lacks its rest.
    static func all(in file: FileBytes, _ range: Range<Int>) -> (streams: [MP3Stream], tags: [Range<Int>], isCut: Bool)
    {
        var window = FileWindow(file)
        var (streams, tags, position) = ([MP3Stream](), [Range<Int>](), range.lowerBound)
        var isCut = false
        func skip(to end: Int) {
            if let last = tags.last, last.upperBound == position {
                tags[tags.count - 1] = last.lowerBound..<end
            } else {
                tags.append(position..<end)
            }
            position = end
        }
        while position < range.upperBound {
            if let length = tagLength(&window, at: position, before: range.upperBound), length > 0 {
                skip(to: min(range.upperBound, position + length))
            } else if let packet = Packet(&window, position),
                packet.continues(streams.last)
                    || packet.isFollowed(&window, at: position, before: range.upperBound)
            {
                guard position + packet.size <= range.upperBound else {
                    isCut = true
                    skip(to: range.upperBound)
                    break
                }
                let header = Header(&window, position, packet)
                if header != nil || !packet.continues(streams.last) || streams.last?.isFull == true {
                    streams.append(
                        MP3Stream(
                            packets: VirtualFile(file), layer: packet.layer, rate: packet.rate,
                            channels: packet.channels, packetFrames: packet.frames, promised: header?.packets,
                            hasHeader: header != nil))
                }
                streams[streams.count - 1].packets.append(position..<position + packet.size)
                if header == nil { streams[streams.count - 1].count += 1 }
                position += packet.size
            } else {
                skip(to: min(range.upperBound, nextPacket(&window, after: position, before: range.upperBound)))
            }
        }
        return (streams, tags, isCut)
    }

    /// Whether another packet would be more than the header promises; some programs count the header itself, or miss one.
    private var isFull: Bool { promised.map { count > $0 } ?? false }

    /// The length of a tag at a place: ID3v2 (section 3.1), APEv2 with its head, ID3v1, Lyrics3; 0 where there is none.
    private static func tagLength(_ window: inout FileWindow, at position: Int, before end: Int) -> Int? {
        guard let magic = window.bytes(position, 3).map({ $0.latin1 }) else { return nil }
        switch magic {
        case "ID3": return window.bytes(position, 10).map { ID3Tag.length(Array($0)) }
        case "TAG": return end - position == 128 ? 128 : end - position == 355 ? 227 : nil
        case "APE":
            guard window.bytes(position, 8)?.latin1 == "APETAGEX",
                let size = window.integer(position + 12, bytes: 4, bigEndian: false)
            else { return nil }
            return 32 + size
        default: return nil
        }
    }

    /// The place in a range between or after packets where the tags that it begins with end.
    static func afterTags(in file: FileBytes, _ range: Range<Int>) -> Int {
        var (window, position) = (FileWindow(file), range.lowerBound)
        while position < range.upperBound {
            // ID3v1 stands at a file's end, and where something was put behind it.
            let isLast = window.bytes(position, 3)?.latin1 == "TAG"
            let length = isLast ? 128 : tagLength(&window, at: position, before: range.upperBound) ?? 0
            if length == 0 { break }
            position += length
        }
        return min(position, range.upperBound)
    }

    private static func nextPacket(_ window: inout FileWindow, after position: Int, before end: Int) -> Int {
        var place = position + 1
        while place < end {
            guard let block = window.bytes(place, min(4096, end - place)) else { return end }
            for (offset, byte) in block.enumerated() {
                if byte == 0xFF, let packet = Packet(&window, place + offset),
                    packet.isFollowed(&window, at: place + offset, before: end)
                {
                    return place + offset
                }
                if byte == 0x49 || byte == 0x41 || byte == 0x54,
                    let length = tagLength(&window, at: place + offset, before: end), length > 0
                {
                    return place + offset
                }
            }
            place += block.count
        }
        return end
    }

    /// A packet that tells how many follow: "Xing", "Info" or "VBRI".
    private struct Header {
        let packets: Int?

        init?(_ window: inout FileWindow, _ position: Int, _ packet: Packet) {
            guard packet.layer == 3, let bytes = window.bytes(position, min(packet.size, 192)).map(Array.init) else {
                return nil
            }
            let place = 4 + (packet.isCompact ? (packet.channels == 1 ? 9 : 17) : (packet.channels == 1 ? 17 : 32))
            // With a check sum after the head the tag lies two bytes further on.
            for place in [place, place + 2] where place + 12 <= bytes.count {
                let name = bytes[place..<place + 4].latin1
                if name == "Xing" || name == "Info" {
                    packets = bytes[place + 7] & 1 == 1 ? bytes.integer(at: place + 8, bigEndian: true) : nil
                    return
                }
            }
            guard bytes.count >= 54, bytes[36..<40].latin1 == "VBRI" else { return nil }
            packets = bytes.integer(at: 50, bigEndian: true)
        }
    }

    /// A packet's head.
    private struct Packet {
        let layer: Int
        let rate: Int
        let channels: Int
        let frames: Int
        let size: Int
        /// MPEG 2 or 2.5, at half the frames.
        let isCompact: Bool

        /// kbit/s by index: MPEG 1 layers I, II, III, then MPEG 2 and 2.5 layer I, layers II and III (ISO 11172-3, 13818-3).
        private static let bitRates = [
            [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
            [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
            [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
            [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
            [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        ]
        private static let rates = [44_100, 48_000, 32_000]

        init?(_ window: inout FileWindow, _ position: Int) {
            guard let bytes = window.bytes(position, 4).map(Array.init) else { return nil }
            // Eleven set bits, then a version and a layer that are not reserved.
            guard bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0 else { return nil }
            let (version, layerBits) = (Int(bytes[1] >> 3 & 3), Int(bytes[1] >> 1 & 3))
            let (rateIndex, bitRateIndex) = (Int(bytes[2] >> 2 & 3), Int(bytes[2] >> 4))
            guard version != 1, layerBits != 0, rateIndex < 3, (1...14).contains(bitRateIndex) else { return nil }
            layer = 4 - layerBits
            isCompact = version != 3
            rate = Self.rates[rateIndex] / (version == 3 ? 1 : version == 2 ? 2 : 4)
            let bitRate = 1000 * Self.bitRates[isCompact ? (layer == 1 ? 3 : 4) : layer - 1][bitRateIndex]
            channels = bytes[3] >> 6 == 3 ? 1 : 2
            frames = layer == 1 ? 384 : layer == 3 && isCompact ? 576 : 1152
            let padding = Int(bytes[2] >> 1 & 1)
            size = layer == 1 ? (12 * bitRate / rate + padding) * 4 : frames / 8 * bitRate / rate + padding
        }

        /// Whether the packet goes on a stream.
        func continues(_ stream: MP3Stream?) -> Bool {
            stream.map { $0.layer == layer && $0.rate == rate && $0.channels == channels } ?? false
        }

        /// Whether a packet of the same kind follows, or nothing: so bytes that look like a head by chance are told apart.
        func isFollowed(_ window: inout FileWindow, at position: Int, before end: Int) -> Bool {
            let next = position + size
            if next >= end { return next == end }
            if let other = Packet(&window, next) { return other.layer == layer && other.rate == rate }
            return MP3Stream.tagLength(&window, at: next, before: end) ?? 0 > 0
        }
    }
}

extension MP3Stream {
    var encoding: AudioEncoding { [.mpegLayer1, .mpegLayer2, .mp3][layer - 1] }
}
