/// The channel layouts of CAF's "chan" and AIFF's "CHAN" chunks: Apple's AudioChannelLayout, in big-endian numbers.
enum CoreAudioLayout {
    typealias Speaker = ChannelLayout.Speaker

    /// Nil where the chunk names something other than loudspeakers.
    static func read(_ bytes: [UInt8], channels: Int) -> ChannelLayout? {
        guard let tag = bytes.integer(at: 0, bigEndian: true), let bits = bytes.integer(at: 4, bigEndian: true),
            let count = bytes.integer(at: 8, bigEndian: true)
        else { return nil }
        switch tag {
        case 0:
            guard count == channels, bytes.count >= 12 + 20 * count else { return nil }
            let labels = (0..<count).compactMap { bytes.integer(at: 12 + 20 * $0, bigEndian: true) }
            return layout(labels)
        case 1 << 16: return ChannelLayout(mask: UInt32(bits), channels: channels)
        default:
            guard tag & 0xFFFF == channels, let labels = tags[tag >> 16] else { return nil }
            return layout(labels)
        }
    }

    /// A layout by its bits; its speakers must be in their order.
    static func bytes(_ layout: ChannelLayout) -> [UInt8] {
        [UInt8](big: 1 << 16, 4) + [UInt8](big: layout.mask, 4) + [0, 0, 0, 0]
    }

    /// Left and right surround (5, 6) are at the back, unless speakers behind them (9, 33, 34) show that they are beside.
    private static func layout(_ labels: [Int]) -> ChannelLayout? {
        let isBeside = labels.contains(9) || labels.contains(33)
        let speakers = labels.map { label -> Speaker? in
            switch label {
            case 5 where isBeside: .sideLeft
            case 6 where isBeside: .sideRight
            case 1...18: Speaker(rawValue: label - 1)
            case 33: .backLeft
            case 34: .backRight
            case 42: .frontCentre
            default: nil
            }
        }
        let known = speakers.compactMap { $0 }
        return known.count == labels.count ? ChannelLayout(known) : nil
    }

    // Labels: 1 left, 2 right, 3 centre, 4 low frequency, 5 and 6 surround, 7 and 8 beside the centre, 9 behind,
    // 10 and 11 beside, 33 and 34 rear surround.
    private static let tags: [Int: [Int]] = [
        100: [3], 101: [1, 2], 102: [1, 2], 108: [1, 2, 5, 6], 109: [1, 2, 5, 6, 3], 110: [1, 2, 5, 6, 3, 9],
        111: [1, 2, 33, 34, 3, 9, 10, 11], 113: [1, 2, 3], 114: [3, 1, 2], 115: [1, 2, 3, 9], 116: [3, 1, 2, 9],
        117: [1, 2, 3, 5, 6], 118: [1, 2, 5, 6, 3], 119: [1, 3, 2, 5, 6], 120: [3, 1, 2, 5, 6],
        121: [1, 2, 3, 4, 5, 6], 122: [1, 2, 5, 6, 3, 4], 123: [1, 3, 2, 5, 6, 4], 124: [3, 1, 2, 5, 6, 4],
        125: [1, 2, 3, 4, 5, 6, 9], 126: [1, 2, 3, 4, 5, 6, 7, 8], 127: [3, 7, 8, 1, 2, 5, 6, 4],
        128: [1, 2, 3, 4, 5, 6, 33, 34], 131: [1, 2, 9], 132: [1, 2, 5, 6], 133: [1, 2, 4], 134: [1, 2, 4, 9],
        135: [1, 2, 4, 5, 6], 136: [1, 2, 3, 4], 137: [1, 2, 3, 4, 9], 138: [1, 2, 5, 6, 4], 139: [1, 2, 5, 6, 3, 9],
        140: [1, 2, 5, 6, 3, 33, 34], 141: [3, 1, 2, 5, 6, 9], 142: [3, 1, 2, 5, 6, 9, 4],
        143: [3, 1, 2, 5, 6, 33, 34],
        144: [3, 1, 2, 5, 6, 33, 34, 9], 148: [1, 2, 5, 6, 3, 7, 8], 149: [3, 1, 2, 5, 6, 33, 34, 4],
    ]
}
