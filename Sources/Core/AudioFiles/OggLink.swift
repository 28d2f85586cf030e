internal import Foundation

/// One stream of an Ogg file. A file may hold several, one after the other ("chained"); libsndfile reads the first only.
struct OggLink: Sendable {
    enum Codec: Sendable { case vorbis, opus, other }

    /// The whole pages of the stream.
    private(set) var pages: VirtualFile
    let codec: Codec
    private let serial: UInt32
    /// The first byte in the file.
    let start: Int
    /// The places after the last page but one, and after the last.
    private var granules = (0, 0)
    /// Whether the stream's last page is there.
    private(set) var isComplete = false

    /// The streams of a file in order.
    /// - Returns: the streams; how many bytes are of a stream, but of no whole page of it; and what after or between whole
    ///   streams is of none, such as the tags that some programs put there.
    static func all(in file: FileBytes) -> (links: [OggLink], lost: Int, foreign: [Range<Int>]) {
        var window = FileWindow(file)
        var (links, lost, foreign, position) = ([OggLink](), 0, [Range<Int>](), 0)
        var serials = Set<UInt32>()
        // Streams that start together are one link: a film's picture goes beside its sound.
        var isStarting = false
        while position < file.size {
            guard let head = OggPage.Head(&window, at: position), position + head.size <= file.size else {
                let next = file.find(Array("OggS".utf8), in: position + 1..<file.size) ?? file.size
                if links.last?.isComplete != true {
                    lost += next - position
                } else if let last = foreign.last, last.upperBound == position {
                    foreign[foreign.count - 1] = last.lowerBound..<next
                } else {
                    foreign.append(position..<next)
                }
                position = next
                continue
            }
            let range = position..<position + head.size
            position = range.upperBound
            if head.isFirst {
                serials.insert(head.serial)
                let start = window.bytes(range.lowerBound + head.headBytes, min(8, range.count - head.headBytes))
                let codec = codec(start ?? [])
                if !isStarting {
                    links.append(
                        OggLink(pages: VirtualFile(file), codec: codec, serial: head.serial, start: range.lowerBound))
                } else if let last = links.last, last.codec == .other, codec != .other {
                    links[links.count - 1] = OggLink(
                        pages: VirtualFile(file), codec: codec, serial: head.serial, start: range.lowerBound)
                }
            }
            isStarting = head.isFirst
            guard let last = links.last, last.serial == head.serial, !last.isComplete else {
                // Of a stream whose beginning is not there.
                if !serials.contains(head.serial) || links.last?.serial == head.serial { lost += head.size }
                continue
            }
            links[links.count - 1].pages.append(range)
            if head.granule >= 0, head.granule < 1 << 60 {
                links[links.count - 1].granules = (last.granules.1, Int(head.granule))
            }
            if head.isLast { links[links.count - 1].isComplete = true }
        }
        return (links, lost, foreign)
    }

    private static func codec(_ start: ArraySlice<UInt8>) -> Codec {
        if start.starts(with: [1] + "vorbis".utf8) { return .vorbis }
        return start.starts(with: "OpusHead".utf8) ? .opus : .other
    }

    /// Frames on the last page.
    var lastPageFrames: Int { max(0, granules.1 - granules.0) }

    /// The stream's first packets, up to `count` of them.
    func packets(_ count: Int) -> [[UInt8]] {
        var (packets, rest, position) = ([[UInt8]](), [UInt8](), 0)
        while packets.count < count {
            let head = pages.bytes(OggPage.headBytes + 255, at: position)
            guard head.count > OggPage.headBytes, head.starts(with: "OggS".utf8) else { break }
            let size = head[OggPage.headBytes...].prefix(Int(head[26])).reduce(OggPage.headBytes + Int(head[26])) {
                $0 + Int($1)
            }
            guard let page = OggPage(pages.bytes(size, at: position)) else { break }
            var place = 0
            for length in page.lacing where packets.count < count {
                rest += page.body[place..<place + Int(length)]
                place += Int(length)
                if length < 255 {
                    packets.append(rest)
                    rest = []
                }
            }
            position += size
        }
        return packets
    }
}
