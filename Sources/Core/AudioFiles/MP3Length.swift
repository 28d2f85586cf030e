internal import Foundation

/// The length of an MP3 file without a length in its header, by counting its packets: libsndfile takes the first packet's
/// bit rate for all, and reads a file of varying bit rate a third or three times as far.
enum MP3Length {
    /// kbit/s of layer III by the index in a packet's head: MPEG 1, then MPEG 2 and 2.5 (ISO 11172-3 and 13818-3).
    private static let bitRates = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ]
    private static let rates = [44_100, 48_000, 32_000]

    /// The frames that the packets of a file hold; nil where its header tells, or where it is not plain layer III.
    static func frames(in url: URL) -> Int? {
        guard let data = try? Data(contentsOf: url, options: .mappedIfSafe) else { return nil }
        var position = TagBlocks.tagLength([UInt8](data.prefix(10)))
        guard let first = Packet(data, position) else { return nil }
        let head = data[position..<min(data.count, position + first.size)]
        if ["Xing", "Info", "VBRI"].contains(where: { head.range(of: Data($0.utf8)) != nil }) { return nil }
        var frames = 0
        while let packet = Packet(data, position) {
            frames += packet.frames
            position += packet.size
        }
        return frames
    }

    private struct Packet {
        let size: Int
        let frames: Int

        init?(_ data: Data, _ position: Int) {
            guard position + 4 <= data.count else { return nil }
            let bytes = (0..<4).map { Int(data[data.startIndex + position + $0]) }
            // Eleven set bits, a version that is not reserved, layer III.
            guard bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0, bytes[1] & 0x06 == 0x02 else { return nil }
            let version = bytes[1] >> 3 & 3
            let (rateIndex, bitRateIndex) = (bytes[2] >> 2 & 3, bytes[2] >> 4)
            guard version != 1, rateIndex < 3, (1...14).contains(bitRateIndex) else { return nil }
            let isFirst = version == 3
            let rate = MP3Length.rates[rateIndex] / (isFirst ? 1 : version == 2 ? 2 : 4)
            let bitRate = 1000 * MP3Length.bitRates[isFirst ? 0 : 1][bitRateIndex]
            frames = isFirst ? 1152 : 576
            size = frames / 8 * bitRate / rate + (bytes[2] >> 1 & 1)
        }
    }
}
