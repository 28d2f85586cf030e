internal import Foundation

/// Takes the pages that an encoder makes and writes them with a comment packet of its own and with a serial number that
/// does not depend on the moment.
final class OggRewriter: WritingStream {
    private var pending: [UInt8] = []
    /// The encoder's header packets: two of Opus, three of Vorbis; the last may not be whole yet.
    private var headers: [[UInt8]] = []
    private var isPacketOpen = false
    private var isPastHeaders = false
    private var sequence: UInt32 = 0
    private var serial: UInt32 = 0
    private var place = 0
    /// Where an Opus stream ends, in its own count; nil until it is known.
    private var end: Int64?
    private var hasEnded = false
    private let comment: ((_ vendor: String) -> [UInt8])?

    /// - Parameter comment: makes the comments of the encoder's name; nil leaves them as they are.
    init(_ output: OutputFile, comment: ((_ vendor: String) -> [UInt8])?) {
        self.comment = comment
        super.init(output)
    }

    override var count: Int { position }

    @unsafe override func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe pending += bytes
        position += bytes.count
        do throws(AudioError) {
            while let page = OggPage(pending) {
                pending.removeFirst(page.size)
                try take(page)
            }
        } catch {
            fail(error)
            return 0
        }
        return bytes.count
    }

    /// Says how long an Opus stream is: what the encoder makes of the silence that pushed its last samples out is left out.
    func endOpus(after frames: Int, rate: Int) {
        guard let skip = headers.first?.integer(at: 10, bytes: 2, bigEndian: false) else { return }
        end = Int64(skip + frames * 48_000 / rate)
    }

    private func take(_ page: OggPage) throws(AudioError) {
        guard isPastHeaders else { return try takeHeaders(page) }
        if hasEnded { return }
        var page = page
        if let end, page.granule >= end {
            page = page.ending(at: end)
            hasEnded = true
        }
        page.serial = serial
        try put(page)
    }

    private func takeHeaders(_ page: OggPage) throws(AudioError) {
        var place = 0
        for length in page.lacing {
            if !isPacketOpen { headers.append([]) }
            headers[headers.count - 1] += page.body[place..<place + Int(length)]
            place += Int(length)
            isPacketOpen = length == 255
        }
        let isOpus = headers[0].starts(with: "OpusHead".utf8)
        guard headers.count == (isOpus ? 2 : 3), !isPacketOpen else { return }
        if let comment { headers[1] = Self.replaced(headers[1], isOpus: isOpus, comment) }
        serial = OggPage.checksum(headers[0] + headers[1])
        try putPacket(headers[0], flags: 2)
        for header in headers.dropFirst() { try putPacket(header, flags: 0) }
        isPastHeaders = true
    }

    private static func replaced(_ packet: [UInt8], isOpus: Bool, _ comment: (String) -> [UInt8]) -> [UInt8] {
        let start = isOpus ? 8 : 7
        let length = packet.integer(at: start, bigEndian: false) ?? 0
        let vendor = String(decoding: packet[min(start + 4, packet.count)...].prefix(length), as: UTF8.self)
        // Vorbis ends the packet with a set bit.
        return Array(packet[..<start]) + comment(vendor) + (isOpus ? [] : [1])
    }

    /// Writes a header packet on pages of its own.
    private func putPacket(_ packet: [UInt8], flags: UInt8) throws(AudioError) {
        var lacing = [UInt8](repeating: 255, count: packet.count / 255) + [UInt8(packet.count % 255)]
        var rest = packet[...]
        var flags = flags
        while !lacing.isEmpty {
            let part = Array(lacing.prefix(255))
            lacing.removeFirst(part.count)
            let body = Array(rest.prefix(part.reduce(0) { $0 + Int($1) }))
            rest = rest.dropFirst(body.count)
            // A page on which no packet ends has no place in time.
            let granule: Int64 = part.last == 255 ? -1 : 0
            try put(OggPage(flags: flags, granule: granule, serial: serial, sequence: 0, lacing: part, body: body))
            flags = 1
        }
    }

    private func put(_ page: OggPage) throws(AudioError) {
        var page = page
        page.sequence = sequence
        sequence += 1
        let bytes = page.bytes
        try output.write(bytes[...], at: place)
        place += bytes.count
    }
}
