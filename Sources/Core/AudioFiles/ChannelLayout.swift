/// The speakers that a sound's channels are meant for, in the channels' order.
public struct ChannelLayout: Sendable, Hashable, CustomStringConvertible {
    /// A loudspeaker's place; the number is its bit in the mask of a WAV header, which CAF and FLAC use as well.
    public enum Speaker: Int, Sendable, CaseIterable, CustomStringConvertible {
        case frontLeft, frontRight, frontCentre, lowFrequency, backLeft, backRight, frontLeftOfCentre
        case frontRightOfCentre, backCentre, sideLeft, sideRight, topCentre, topFrontLeft, topFrontCentre
        case topFrontRight, topBackLeft, topBackCentre, topBackRight

        private static let names = [
            "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL",
            "TBC", "TBR",
        ]

        public var description: String { Self.names[rawValue] }
    }

    /// The speaker of each channel.
    public let speakers: [Speaker]

    /// - Returns: nil where a speaker comes twice.
    public init?(_ speakers: [Speaker]) {
        guard Set(speakers).count == speakers.count, !speakers.isEmpty else { return nil }
        self.speakers = speakers
    }

    public var description: String { speakers.map(\.description).joined(separator: " ") }

    /// The layout of a WAV mask: the channels are in the order of its bits, and bits beyond the channels count for nothing.
    /// - Returns: nil where the mask does not name a place for each channel.
    init?(mask: UInt32, channels: Int) {
        let named = Speaker.allCases.filter { mask >> $0.rawValue & 1 == 1 }
        guard named.count >= channels else { return nil }
        self.init(Array(named.prefix(channels)))
    }

    var mask: UInt32 { speakers.reduce(0) { $0 | 1 << UInt32($1.rawValue) } }

    /// The same speakers in the order of their bits.
    var sorted: ChannelLayout { ChannelLayout(speakers.sorted { $0.rawValue < $1.rawValue }) ?? self }

    /// What a file without a layout most likely means; FLAC's own rule (RFC 9639, section 9.1.3).
    static func usual(_ channels: Int) -> ChannelLayout? {
        let masks: [UInt32] = [0, 0x4, 0x3, 0x7, 0x33, 0x37, 0x3F, 0x70F, 0x63F]
        return masks.indices.contains(channels) ? ChannelLayout(mask: masks[channels], channels: channels) : nil
    }

    /// The order of Vorbis (I specification, section 4.3.9), which Opus has as well.
    static func vorbis(_ channels: Int) -> ChannelLayout? {
        let orders: [[Speaker]] = [
            [], [.frontCentre], [.frontLeft, .frontRight], [.frontLeft, .frontCentre, .frontRight],
            [.frontLeft, .frontRight, .backLeft, .backRight],
            [.frontLeft, .frontCentre, .frontRight, .backLeft, .backRight],
            [.frontLeft, .frontCentre, .frontRight, .backLeft, .backRight, .lowFrequency],
            [.frontLeft, .frontCentre, .frontRight, .sideLeft, .sideRight, .backCentre, .lowFrequency],
            [.frontLeft, .frontCentre, .frontRight, .sideLeft, .sideRight, .backLeft, .backRight, .lowFrequency],
        ]
        return orders.indices.contains(channels) ? ChannelLayout(orders[channels]) : nil
    }

    /// The layout with its only pair behind or beside the listener called the other way; formats that know one pair of
    /// surround speakers differ in what they call it.
    private var withOtherSurround: ChannelLayout {
        let sides: [Speaker] = [.sideLeft, .sideRight]
        let backs: [Speaker] = [.backLeft, .backRight]
        guard speakers.contains(where: sides.contains) != speakers.contains(where: backs.contains),
            !speakers.contains(.backCentre)
        else { return self }
        let swap = Dictionary(uniqueKeysWithValues: zip(sides + backs, backs + sides))
        return ChannelLayout(speakers.map { swap[$0] ?? $0 }) ?? self
    }

    /// For each channel of another layout the channel of this one that is meant for the same speaker; nil where the
    /// layouts have other speakers.
    func order(for other: ChannelLayout) -> [Int]? {
        for layout in [self, withOtherSurround] where Set(layout.speakers) == Set(other.speakers) {
            return other.speakers.compactMap { layout.speakers.firstIndex(of: $0) }
        }
        return nil
    }
}

/// How channels go from one file into another: which comes where, and what the new file says about them.
struct ChannelOrder: Equatable {
    /// For each channel of the new file the source's channel.
    let sources: [Int]
    /// What the new file says; nil where it need not, or cannot be told.
    let layout: ChannelLayout?

    var isIdentity: Bool { sources.elementsEqual(sources.indices) }

    /// - Parameter layout: the source's; nil where it is not known.
    /// - Throws: `unsupportedLayout` where the new file cannot say where the channels belong.
    init(_ layout: ChannelLayout?, for format: AudioFormat, name: String) throws(AudioError) {
        let channels = format.channels
        let same = Array(0..<channels)
        func order(_ target: ChannelLayout?) throws(AudioError) -> [Int] {
            guard let layout, let target, let order = layout.order(for: target) else {
                throw .unsupportedLayout(
                    file: name,
                    container: "\(format.encoding.isLossless ? "\(format.container)" : "\(format.encoding)")",
                    layout: layout?.description ?? "")
            }
            return order
        }
        switch format.container {
        case .ogg where (3...8).contains(channels):
            guard let presumed = layout ?? .usual(channels) else { (sources, self.layout) = (same, nil); return }
            guard let target = ChannelLayout.vorbis(channels), let order = presumed.order(for: target) else {
                throw .unsupportedLayout(file: name, container: "\(format.encoding)", layout: presumed.description)
            }
            (sources, self.layout) = (order, target)
        case .wav, .rf64, .w64, .flac, .caf, .aiff:
            guard let layout, layout.speakers.count == channels else { (sources, self.layout) = (same, nil); return }
            // FLAC of one or two channels and of no mask means what everybody means.
            (sources, self.layout) = (try order(layout.sorted), layout.sorted)
        default:
            guard let layout, layout.speakers.count == channels else { (sources, self.layout) = (same, nil); return }
            (sources, self.layout) = (try order(.usual(channels)), nil)
        }
    }
}
