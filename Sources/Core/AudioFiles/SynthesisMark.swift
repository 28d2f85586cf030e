internal import Foundation

/// What a sound file says, among its own words, about the parts of it that a machine made: which, by what, and as what request asked.
///
/// Each container has it where its programs look for words: WAV, RF64 and W64 in the list of words, as named regions and, where there is one, in the coding history
/// of the broadcast data; AIFF as an annotation; CAF among its words; FLAC, Vorbis and Opus as a comment; MP3 as a text of the user's own. The
/// words and markers that were there stay, marks of earlier edits among them. A mark holds no date: equal edits give equal bytes.
public struct SynthesisMark: Sendable, Equatable {
    /// A part of a sound: a stretch of time, a band of frequencies, or both.
    public struct Part: Sendable, Equatable {
        /// The stretch, in seconds of the result; nil for all of the time.
        public let seconds: Range<Double>?
        /// Where the band begins, in Hz; nil for the lowest frequency.
        public let lowest: Double?
        /// Where the band ends, in Hz; nil for the highest frequency.
        public let highest: Double?

        /// A part of a sound; all of it where nothing is said.
        /// - Parameters:
        ///   - seconds: the stretch, in seconds of the result; nil for all of the time.
        ///   - lowest: where the band begins, in Hz; nil for the lowest frequency.
        ///   - highest: where the band ends, in Hz; nil for the highest frequency.
        public init(seconds: Range<Double>? = nil, lowest: Double? = nil, highest: Double? = nil) {
            self.seconds = seconds
            self.lowest = lowest
            self.highest = highest
        }
    }

    /// The parts that were made, in the order of time.
    public let parts: [Part]
    /// The word for the edit, such as "inpaint".
    public let job: String
    /// The program that made the parts, such as "Retouch 0.2.0".
    public let program: String
    /// What the program made them with, such as "model default 0123456789ab".
    public let maker: String
    /// The SHA-256 of the request, in 64 hexadecimal digits.
    public let request: String

    /// A mark.
    /// - Parameters:
    ///   - parts: the parts that were made, in the order of time.
    ///   - job: the word for the edit.
    ///   - program: the program that made them.
    ///   - maker: what the program made them with.
    ///   - request: the SHA-256 of the request, in 64 hexadecimal digits.
    public init(
        parts: [Part], job: String, program: String = "Retouch \(Retouch.version)", maker: String, request: String
    ) {
        self.parts = parts
        self.job = job
        self.program = program
        self.maker = maker
        self.request = request
    }

    /// The mark in one line.
    public var text: String {
        "\(parts.map(Self.words).joined(separator: ", ")); \(job) by \(program), \(maker); request \(request)"
    }

    /// The mark as it stands in a file: by its beginning it is known among other words.
    var stored: String { Self.beginning + text }

    /// What the stored text begins with.
    static let beginning = "Machine-made: "
    /// The name of the field, in the words of Vorbis comments.
    static let field = "MACHINE_MADE"
    /// The name of the markers that show where the parts lie.
    static let cue = "Machine-made"

    /// The places of the parts that do not last all of the time, in frames.
    func cues(rate: Int) -> [(position: Int, length: Int)] {
        parts.compactMap(\.seconds).map { seconds in
            let first = Int((seconds.lowerBound * Double(rate)).rounded())
            return (first, Int((seconds.upperBound * Double(rate)).rounded()) - first)
        }
    }

    /// A line of a broadcast file's coding history (EBU R 98), whose fields are parted by commas.
    func historyLine(_ format: AudioFormat) -> String {
        let shown = parts.prefix(8).map(Self.words).joined(separator: "; ")
        let more = parts.count > 8 ? "; and \(parts.count - 8) more" : ""
        let bits = format.encoding.bytesPerSample.map { ",W=\(8 * $0)" } ?? ""
        let channels = format.channels == 1 ? "mono" : format.channels == 2 ? "stereo" : "\(format.channels) channels"
        let words = "\(program); \(job); machine-made: \(shown)\(more)".replacing(",", with: ";")
        return "A=PCM,F=\(format.rate)\(bits),M=\(channels),T=\(words)\r\n"
    }

    private static func words(for part: Part) -> String {
        let time = part.seconds.map { "\(number($0.lowerBound))-\(number($0.upperBound)) s" } ?? "all"
        return switch (part.lowest, part.highest) {
        case (nil, nil): time
        case (let low?, nil): "\(time) above \(number(low, digits: 0)) Hz"
        case (nil, let high?): "\(time) below \(number(high, digits: 0)) Hz"
        case (let low?, let high?): "\(time) from \(number(low, digits: 0)) to \(number(high, digits: 0)) Hz"
        }
    }

    private static func number(_ value: Double, digits: Int = 6) -> String {
        var text = String(format: "%.\(digits)f", value)
        if digits > 0 {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }
}

extension Metadata {
    /// What the file says about parts of it that a machine made, a line for each edit, the earliest first.
    public var marks: [String] {
        fields.filter { $0.name.uppercased() == SynthesisMark.field }.map {
            $0.text.hasPrefix(SynthesisMark.beginning)
                ? String($0.text.dropFirst(SynthesisMark.beginning.count)) : $0.text
        }
    }

    mutating func add(_ mark: SynthesisMark) { add(SynthesisMark.field, mark.stored) }
}

/// A mark in the pieces of a file that stand beside its samples.
struct MarkedBlocks: Equatable {
    /// New contents of pieces that were there, by their places among them.
    private(set) var changed: [Int: [UInt8]] = [:]
    /// Pieces that were not there.
    private(set) var added: [Metadata.Block] = []
    private let bigEndian: Bool

    /// - Parameters:
    ///   - blocks: the pieces beside the samples.
    ///   - family: of a container of pieces.
    ///   - bigEndian: whether a WAV file has its numbers the other way round.
    init(
        _ mark: SynthesisMark, in blocks: [Metadata.Block], _ family: Metadata.Family, _ format: AudioFormat,
        bigEndian: Bool = false
    ) {
        self.bigEndian = bigEndian
        switch family {
        case .riff: markRIFF(mark, blocks, format)
        case .aiff: added = [Metadata.Block(id: "ANNO", content: Array(mark.stored.utf8))]
        case .caf:
            let words = Array("machine_made".utf8) + [0] + Array(mark.stored.utf8) + [0]
            if let index = blocks.firstIndex(where: { $0.id == "info" }) {
                let content = blocks[index].content
                let count = content.integer(at: 0, bigEndian: true) ?? 0
                changed[index] = [UInt8](big: count + 1, 4) + content.dropFirst(4) + words
            } else {
                added = [Metadata.Block(id: "info", content: [UInt8](big: 1, 4) + words)]
            }
        case .au:
            let line = Array("machine_made=\(mark.stored)\n".utf8)
            if let old = blocks.first {
                let text = old.content.prefix { $0 != 0 }
                changed[0] = text + (text.last == 10 ? [] : [10]) + line
            } else {
                added = [Metadata.Block(id: "text", content: line)]
            }
        case .flac, .ogg, .mpeg: break
        }
    }

    /// The pieces with the mark.
    func applied(to blocks: [Metadata.Block]) -> [Metadata.Block] {
        blocks.enumerated().map { index, block in
            Metadata.Block(id: block.id, content: changed[index] ?? block.content)
        } + added
    }

    // MARK: RIFF

    /// WAV's name of the field.
    static let infoName = "IMMD"

    private func number(_ value: Int) -> [UInt8] { bigEndian ? [UInt8](big: value, 4) : [UInt8](little: value, 4) }

    private func item(_ id: String, _ content: [UInt8]) -> [UInt8] {
        Array(id.utf8) + number(content.count) + content + (content.count % 2 == 1 ? [0] : [])
    }

    private mutating func markRIFF(_ mark: SynthesisMark, _ blocks: [Metadata.Block], _ format: AudioFormat) {
        append(item(Self.infoName, Array(mark.stored.utf8) + [0]), toList: "INFO", blocks)
        if let index = blocks.firstIndex(where: { $0.id == "bext" && $0.content.count >= 602 }) {
            var content = blocks[index].content
            while content.count > 602, content.last == 0 { content.removeLast() }
            if content.count > 602, content.last != 10 { content += [13, 10] }
            changed[index] = content + Array(mark.historyLine(format).utf8)
        }
        let places = mark.cues(rate: format.rate).filter { $0.position + $0.length <= 0xFFFF_FFFF }
        let index = blocks.firstIndex { $0.id == "cue " }
        let old = index.map { blocks[$0].content } ?? number(0)
        let count = old.integer(at: 0, bigEndian: bigEndian) ?? 0
        guard !places.isEmpty, old.count == 4 + 24 * count else { return }
        let taken = Set(stride(from: 4, to: old.count, by: 24).compactMap { old.integer(at: $0, bigEndian: bigEndian) })
        var (id, points, texts) = (0, [UInt8](), [UInt8]())
        for place in places {
            repeat { id += 1 } while taken.contains(id)
            let (name, position) = (number(id), number(place.position))
            points += name + position + Array("data".utf8) + [UInt8](repeating: 0, count: 8) + position
            texts += item("labl", name + SynthesisMark.cue.utf8 + [0])
            texts += item(
                "ltxt", name + number(place.length) + "rgn ".utf8 + [UInt8](repeating: 0, count: 8))
        }
        let content = number(count + places.count) + old.dropFirst(4) + points
        if let index { changed[index] = content } else { added.append(Metadata.Block(id: "cue ", content: content)) }
        append(texts, toList: "adtl", blocks)
    }

    private mutating func append(_ items: [UInt8], toList kind: String, _ blocks: [Metadata.Block]) {
        if let index = blocks.firstIndex(where: { $0.id == "LIST" && $0.content.starts(with: kind.utf8) }) {
            // Without what fills the list up to whole words.
            let content = blocks[index].content
            var end = 4
            while end + 8 <= content.count, content[end] != 0,
                let size = content.integer(at: end + 4, bigEndian: bigEndian)
            {
                end += 8 + size + size % 2
            }
            let kept = content.prefix(end)
            changed[index] = kept + (kept.count % 2 == 1 ? [0] : []) + items
        } else {
            added.append(Metadata.Block(id: "LIST", content: Array(kind.utf8) + items))
        }
    }
}
