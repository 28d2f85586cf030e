internal import Foundation

/// A page of an Ogg stream (RFC 3533, section 6).
struct OggPage: Equatable {
    /// Bit 0: begins with the rest of a packet; bit 1: the first of its stream; bit 2: the last.
    var flags: UInt8
    /// The place in the stream, in samples, after the last packet that ends here; -1 where none ends.
    var granule: Int64
    var serial: UInt32
    var sequence: UInt32
    /// The lengths of the body's pieces; one of less than 255 ends a packet.
    var lacing: [UInt8]
    var body: [UInt8]

    static let headBytes = 27

    var isFirst: Bool { flags & 2 != 0 }
    var isLast: Bool { flags & 4 != 0 }
    var size: Int { Self.headBytes + lacing.count + body.count }

    /// The page with its check sum.
    var bytes: [UInt8] {
        var bytes = Array("OggS".utf8) + [0, flags] + [UInt8](little: granule, 8) + [UInt8](little: serial, 4)
        bytes += [UInt8](little: sequence, 4) + [0, 0, 0, 0, UInt8(lacing.count)] + lacing + body
        bytes.replaceSubrange(22..<26, with: [UInt8](little: Self.checksum(bytes), 4))
        return bytes
    }

    /// Where a page starts and what it says, without its body; nil where there is no page or not all of its head.
    struct Head {
        let flags: UInt8
        let granule: Int64
        let serial: UInt32
        let sequence: UInt32
        let lacing: [UInt8]

        var headBytes: Int { OggPage.headBytes + lacing.count }
        var size: Int { headBytes + lacing.reduce(0) { $0 + Int($1) } }
        var isFirst: Bool { flags & 2 != 0 }
        var isLast: Bool { flags & 4 != 0 }

        init?(_ window: inout FileWindow, at position: Int) {
            guard let fixed = window.bytes(position, OggPage.headBytes).map(Array.init) else { return nil }
            guard let head = Head(fixed, lacing: window.bytes(position + OggPage.headBytes, Int(fixed[26]))) else {
                return nil
            }
            self = head
        }

        fileprivate init?(_ fixed: [UInt8], lacing: ArraySlice<UInt8>?) {
            guard fixed.starts(with: "OggS".utf8), fixed[4] == 0, let lacing else { return nil }
            flags = fixed[5]
            granule = Int64(bitPattern: fixed[6..<14].littleEndian)
            serial = UInt32(fixed[14..<18].littleEndian)
            sequence = UInt32(fixed[18..<22].littleEndian)
            self.lacing = Array(lacing)
        }
    }

    /// The first page of some bytes; nil where it is not whole.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headBytes, bytes.count >= Self.headBytes + Int(bytes[26]),
            let head = Head(
                Array(bytes[..<Self.headBytes]), lacing: bytes[Self.headBytes..<Self.headBytes + Int(bytes[26])]),
            bytes.count >= head.size
        else { return nil }
        self.init(
            flags: head.flags, granule: head.granule, serial: head.serial, sequence: head.sequence, lacing: head.lacing,
            body: Array(bytes[head.headBytes..<head.size]))
    }

    init(flags: UInt8, granule: Int64, serial: UInt32, sequence: UInt32, lacing: [UInt8], body: [UInt8]) {
        (self.flags, self.granule, self.serial, self.sequence) = (flags, granule, serial, sequence)
        (self.lacing, self.body) = (lacing, body)
    }

    /// A cyclic redundancy check with the polynomial 04C11DB7, neither reflected nor inverted.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.reduce(0) { $0 << 8 ^ table[Int($0 >> 24) ^ Int($1)] }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index) << 24) { value, _ in value << 1 ^ (value >> 31 == 1 ? 0x04C1_1DB7 : 0) }
    }
}

extension OggPage {
    /// A page of Opus as the last of its stream, without the packets that begin at its end or later.
    func ending(at end: Int64) -> OggPage {
        var page = self
        // What has not ended on this page ends after it.
        while page.lacing.last == 255 { page.dropPiece() }
        while let packet = page.lastPacket, let samples = Self.opusSamples(packet), page.granule - samples >= end {
            repeat { page.dropPiece() } while page.lacing.last == 255
            page.granule -= samples
        }
        page.granule = end
        page.flags |= 4
        return page
    }

    private mutating func dropPiece() {
        let length = Int(lacing.removeLast())
        body.removeLast(min(length, body.count))
    }

    /// The last packet, where it begins on this page and is not the only one.
    private var lastPacket: [UInt8]? {
        guard let start = lacing.dropLast().lastIndex(where: { $0 < 255 }) else { return nil }
        return Array(body.suffix(lacing[(start + 1)...].reduce(0) { $0 + Int($1) }))
    }

    /// How much sound a packet of Opus holds, at 48 kHz (RFC 6716, section 3.1).
    private static func opusSamples(_ packet: [UInt8]) -> Int64? {
        guard let first = packet.first else { return nil }
        let kind = Int(first >> 3)
        let samples =
            kind < 12 ? [480, 960, 1920, 2880][kind % 4] : kind < 16 ? [480, 960][kind % 2] : 120 << (kind % 4)
        switch first & 3 {
        case 0: return Int64(samples)
        case 1, 2: return Int64(2 * samples)
        default: return packet.count > 1 ? Int64(Int(packet[1] & 63) * samples) : nil
        }
    }
}
