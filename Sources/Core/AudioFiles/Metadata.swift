/// What a sound file says beside its samples.
///
/// Words, pictures, cues and loops are the same in every container and go from one to another. What only one family of
/// containers understands travels as the bytes that it is, and only within the family.
public struct Metadata: Sendable, Equatable {
    /// A name and a text, with the names that Vorbis comments use. A name may come several times.
    public struct Field: Sendable, Equatable {
        /// The field's name, such as TITLE.
        public var name: String
        /// What the field says.
        public var text: String
    }

    /// A picture, such as a cover.
    public struct Picture: Sendable, Equatable {
        /// As ID3 and FLAC count them: 3 is the front cover.
        public var kind: Int
        /// Such as "image/png".
        public var mediaType: String
        /// What the picture shows, in words.
        public var description: String
        /// Width and height in pixels, bits of a pixel, colours of a palette; 0 where not known.
        var measures = [0, 0, 0, 0]
        var data: [UInt8]
    }

    /// A place or a stretch of the sound with a name.
    public struct Cue: Sendable, Equatable {
        /// The first frame.
        public var position: Int
        /// Frames; 0 for a place.
        public var length = 0
        /// What the place is called.
        public var name = ""
        /// What is said about the place.
        public var note = ""
    }

    /// A stretch that a sampler repeats.
    public struct Loop: Sendable, Equatable {
        /// The first frame.
        public var first: Int
        /// The last frame.
        public var last: Int
        /// 0 forwards, 1 to and fro, 2 backwards.
        public var direction: Int
    }

    /// How a sampler plays the sound.
    public struct Instrument: Sendable, Equatable {
        /// As MIDI counts notes: 60 is the middle C.
        public var note: Int
        /// The stretches that are repeated, in the file's order.
        public var loops: [Loop]
    }

    /// A piece of a file as it lies there.
    struct Block: Sendable, Equatable {
        let id: String
        var content: [UInt8]
    }

    /// Containers that understand each other's pieces.
    enum Family: Sendable { case riff, aiff, caf, au, flac, ogg, mpeg }

    /// Words: title, artist, comments and whatever else there is.
    public var fields: [Field] = []
    /// Covers and other pictures.
    public var pictures: [Picture] = []
    /// Places and stretches with names, by position.
    public var cues: [Cue] = []
    /// How a sampler plays the sound; nil where nothing says so.
    public var instrument: Instrument?
    /// The file's own pieces, for a file of the same family.
    var family: Family?
    var blocks: [Block] = []
    /// What no other family of containers knows, in the user's words.
    var special: [String] = []
    /// The names of chunks that are true of the old samples only.
    var stale: [String] = []
    /// What no new file has, in the user's words.
    var outside: [String] = []
    /// Whether the file says how loud its loudest samples are.
    var hasPeaks = false

    /// Nothing at all.
    public init() {}

    /// The first text of a name, in whatever case it is written.
    public subscript(name: String) -> String? {
        fields.first { $0.name.uppercased() == name.uppercased() }?.text
    }

    mutating func add(_ name: String, _ text: String) {
        if !text.isEmpty { fields.append(Field(name: name, text: text)) }
    }

    /// Adds the fields of a second tag in the same file. Where both have a name, the one with more texts of it counts.
    mutating func merge(_ other: Metadata) {
        func counts(_ fields: [Field]) -> [String: Int] {
            Dictionary(grouping: fields) { $0.name.uppercased() }.mapValues(\.count)
        }
        let (own, theirs) = (counts(fields), counts(other.fields))
        fields.removeAll { field in
            let name = field.name.uppercased()
            return own[name, default: 0] < theirs[name, default: 0]
        }
        fields += other.fields.filter { field in
            let name = field.name.uppercased()
            return own[name, default: 0] < theirs[name, default: 0]
        }
        if pictures.isEmpty { pictures = other.pictures }
        if cues.isEmpty { cues = other.cues }
        special += other.special.filter { !special.contains($0) }
    }
}

extension Metadata {
    /// Of a file of chunks.
    init(_ chunked: ChunkedFile, _ file: FileBytes, rate: Int) {
        // What is larger is no description of a sound.
        let blocks = chunked.chunks.filter { $0.range.count < 1 << 28 }.map {
            Block(id: $0.id, content: file.read($0.range.count, at: $0.range.lowerBound))
        }
        switch chunked.kind {
        case .riff(let bigEndian): self = RIFFMetadata.read(blocks, bigEndian: bigEndian, rate: rate)
        case .wave64: self = RIFFMetadata.read(blocks, bigEndian: false, rate: rate)
        case .aiff: self = AIFFMetadata.read(blocks, rate: rate)
        case .caf: self = CoreAudioMetadata.read(blocks)
        case .au: if let text = blocks.first { self = AUText.read(text.content) }
        }
        hasPeaks = blocks.contains { $0.id.uppercased() == "PEAK" }
        stale = ["levl", "MD5 "].filter { id in blocks.contains { $0.id == id } }
        let rest = file.size - chunked.end
        if rest > 1 { outside.append("\(rest) bytes after the last chunk") }
    }

    /// Whether a field says how loud the whole sound is, which is no longer true of one made anew.
    static func isLoudness(_ name: String) -> Bool {
        let name = name.uppercased()
        return name.hasPrefix("REPLAYGAIN_") || name.hasPrefix("R128_") || name == "ITUNNORM" || name == "ITUNES_NORM"
    }

    var hasLoudness: Bool { fields.contains { Self.isLoudness($0.name) } }

    /// The same for a sound of another rate, with every place moved along.
    func scaled(by ratio: Double) -> Metadata {
        guard ratio != 1 else { return self }
        func scaled(_ frame: Int) -> Int { Int(min((Double(frame) * ratio).rounded(), 0x1p62)) }
        var result = self
        result.cues = cues.map { cue in
            var cue = cue
            (cue.position, cue.length) = (scaled(cue.position), scaled(cue.length))
            return cue
        }
        if let loops = instrument?.loops {
            // A loop is as long as its frames, the last one included.
            result.instrument?.loops = loops.map {
                Loop(first: scaled($0.first), last: scaled($0.last + 1) - 1, direction: $0.direction)
            }
        }
        return result
    }
}

extension AudioTag {
    /// The name of the tag as a Vorbis comment.
    var name: String {
        switch self {
        case .title: "TITLE"
        case .copyright: "COPYRIGHT"
        case .software: "ENCODER"
        case .artist: "ARTIST"
        case .comment: "COMMENT"
        case .date: "DATE"
        case .album: "ALBUM"
        case .license: "LICENSE"
        case .trackNumber: "TRACKNUMBER"
        case .genre: "GENRE"
        }
    }
}

extension Metadata {
    /// The words that libsndfile knows, of a container that only it reads.
    init(_ tags: [AudioTag: String]) {
        for tag in AudioTag.allCases {
            if let text = tags[tag] { add(tag.name, text) }
        }
    }

    /// The words that have a name of their own in every container.
    var tags: [AudioTag: String] {
        var tags: [AudioTag: String] = [:]
        for tag in AudioTag.allCases { tags[tag] = self[tag.name] }
        return tags
    }
}

/// Text in the bytes of files.
enum TagText {
    /// UTF-8 where the bytes are, else Windows-1252, as old programs wrote; up to the first zero.
    static func read(_ bytes: some Sequence<UInt8>) -> String {
        whole(Array(bytes.prefix { $0 != 0 }))
    }

    /// The same of all bytes.
    static func whole(_ text: [UInt8]) -> String {
        if let string = String(validating: text, as: UTF8.self) { return string }
        return String(String.UnicodeScalarView(text.map { windows[$0] ?? Unicode.Scalar($0) }))
    }

    private static let windows: [UInt8: Unicode.Scalar] = Dictionary(
        uniqueKeysWithValues: zip(
            [0x80] + (0x82...0x8C) + [0x8E] + (0x91...0x9C) + [0x9E, 0x9F] as [UInt8],
            "\u{20AC}\u{201A}\u{192}\u{201E}\u{2026}\u{2020}\u{2021}\u{2C6}\u{2030}\u{160}\u{2039}\u{152}\u{17D}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}\u{2DC}\u{2122}\u{161}\u{203A}\u{153}\u{17E}\u{178}"
                .unicodeScalars))

    /// The beginning of a text that takes so many bytes of UTF-8 at most, and whether it is all of it.
    static func prefix(_ text: String, bytes count: Int) -> (bytes: [UInt8], isWhole: Bool) {
        var result: [UInt8] = []
        for scalar in text.unicodeScalars {
            let more = Array(String(scalar).utf8)
            if result.count + more.count > count { return (result, false) }
            result += more
        }
        return (result, true)
    }
}
