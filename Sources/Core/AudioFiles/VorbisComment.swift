internal import Foundation

/// The comments of Vorbis, Opus and FLAC streams (Vorbis I specification, section 5): a program's name, then fields.
enum VorbisComment {
    /// Chapters go as the fields CHAPTER001, a time, and CHAPTER001NAME; a FLAC file says so where its channels belong.
    private static let maskName = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK"
    private static let pictureName = "METADATA_BLOCK_PICTURE"

    /// Reads the fields of a comment block, pictures among them.
    static func read(_ bytes: [UInt8], rate: Int) -> Metadata {
        var metadata = Metadata()
        var position = 0
        func next(_ count: Int) -> [UInt8]? {
            guard count >= 0, count <= bytes.count - position else { return nil }
            position += count
            return Array(bytes[position - count..<position])
        }
        func number() -> Int? { next(4).map { Int($0.littleEndian) } }
        guard let vendor = number(), next(vendor) != nil, let count = number() else { return metadata }
        var times: [(key: String, seconds: Double)] = []
        var names: [String: String] = [:]
        for _ in 0..<count {
            guard let length = number(), let field = next(length) else { break }
            let text = String(decoding: field, as: UTF8.self)
            guard let equals = text.firstIndex(of: "=") else { continue }
            let (name, value) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
            let key = name.uppercased()
            if key == pictureName, let data = Data(base64Encoded: value, options: .ignoreUnknownCharacters),
                let picture = FLACPicture.read([UInt8](data))
            {
                metadata.pictures.append(picture)
            } else if key.count == 10, key.hasPrefix("CHAPTER"), let seconds = seconds(value) {
                times.append((key, seconds))
            } else if key.count == 14, key.hasPrefix("CHAPTER"), key.hasSuffix("NAME") {
                names[String(key.prefix(10))] = value
            } else if key != maskName {
                metadata.fields.append(Metadata.Field(name: name, text: value))
            }
        }
        metadata.cues = times.map {
            Metadata.Cue(position: Int(($0.seconds * Double(rate)).rounded()), name: names[$0.key] ?? "")
        }
        return metadata
    }

    /// The channel mask of a FLAC file's comments, if they have one.
    static func mask(_ bytes: [UInt8]) -> UInt32? {
        guard let place = bytes.firstRange(of: Array((maskName + "=").utf8)) else { return nil }
        let text = String(decoding: bytes[place.upperBound...].prefix(10), as: UTF8.self)
        let digits = text.lowercased().hasPrefix("0x") ? text.dropFirst(2).prefix { $0.isHexDigit } : ""
        return UInt32(digits, radix: 16)
    }

    private static func seconds(_ text: String) -> Double? {
        let parts = text.split(separator: ":").compactMap { Double($0) }
        guard parts.allSatisfy({ (0..<1e9).contains($0) }) else { return nil }
        guard parts.count == 3 else { return nil }
        let sum = parts[0] * 3600 + parts[1] * 60 + parts[2]
        return sum < 1e9 ? sum : nil
    }

    /// The bytes of a comment block.
    /// - Parameters:
    ///   - pictures: whether they go along as fields, as in Ogg.
    ///   - layout: a layout to be named.
    static func bytes(_ metadata: Metadata, vendor: String, rate: Int, pictures: Bool, layout: ChannelLayout?)
        -> [UInt8]
    {
        var fields = metadata.fields.map { "\($0.name)=\($0.text)" }
        if let layout {
            fields.append(maskName + "=0x" + String(layout.mask, radix: 16, uppercase: true))
        }
        for (index, cue) in metadata.cues.enumerated() where index < 999 {
            let key = "CHAPTER" + String(format: "%03d", index + 1)
            let seconds = Double(cue.position) / Double(rate)
            // Players read milliseconds; the digits after them bring the frame back.
            fields.append(
                key + "="
                    + String(
                        format: "%02d:%02d:%013.10f", Int(seconds) / 3600, Int(seconds) / 60 % 60,
                        seconds - Double(Int(seconds) / 60 * 60)))
            if !cue.name.isEmpty { fields.append("\(key)NAME=\(cue.name)") }
        }
        if pictures {
            fields += metadata.pictures.map {
                pictureName + "=" + Data(FLACPicture.bytes($0)).base64EncodedString()
            }
        }
        var bytes = [UInt8](little: vendor.utf8.count, 4) + vendor.utf8 + [UInt8](little: fields.count, 4)
        for field in fields { bytes += [UInt8](little: field.utf8.count, 4) + Array(field.utf8) }
        return bytes
    }

    /// What of some metadata a comment block cannot hold, in the user's words.
    static func dropped(_ metadata: Metadata) -> [String] {
        var dropped: [String] = []
        if metadata.cues.contains(where: { $0.length > 0 }) { dropped.append("the lengths of cues") }
        if metadata.cues.contains(where: { !$0.note.isEmpty }) { dropped.append("the notes of cues") }
        if metadata.cues.count > 999 { dropped.append("\(metadata.cues.count - 999) cues") }
        if metadata.instrument != nil { dropped.append("a sampler's note and loops") }
        return dropped
    }
}

/// The picture block of FLAC (RFC 9639, section 8.8), which Ogg streams hold as text.
enum FLACPicture {
    static func read(_ bytes: [UInt8]) -> Metadata.Picture? {
        var position = 0
        func number() -> Int? {
            position += 4
            return bytes.integer(at: position - 4, bigEndian: true)
        }
        func next() -> [UInt8]? {
            guard let count = number(), count <= bytes.count - position else { return nil }
            position += count
            return Array(bytes[position - count..<position])
        }
        guard let kind = number(), let type = next(), let description = next() else { return nil }
        let measures = (0..<4).compactMap { _ in number() }
        guard measures.count == 4, let data = next() else { return nil }
        return Metadata.Picture(
            kind: kind, mediaType: type.latin1, description: String(decoding: description, as: UTF8.self),
            measures: measures, data: data)
    }

    static func bytes(_ picture: Metadata.Picture) -> [UInt8] {
        func sized(_ bytes: [UInt8]) -> [UInt8] { [UInt8](big: bytes.count, 4) + bytes }
        return [UInt8](big: picture.kind, 4) + sized(Array(picture.mediaType.utf8))
            + sized(Array(picture.description.utf8)) + picture.measures.flatMap { [UInt8](big: $0, 4) }
            + sized(picture.data)
    }
}

extension Metadata {
    /// Of a FLAC stream. Its applications' and cue sheets' blocks go along as they are.
    init(_ stream: FLACStream) {
        if let comments = stream.blocks.first(where: { $0.type == 4 }) {
            self = VorbisComment.read(comments.content, rate: stream.rate)
        }
        pictures += stream.blocks.filter { $0.type == 6 }.compactMap { FLACPicture.read($0.content) }
        family = .flac
        // The stream's description and seek points are the new file's own, padding is nothing.
        blocks = stream.blocks.filter { ![0, 1, 3, 4, 6].contains($0.type) }
            .map { Block(id: String($0.type), content: $0.content) }
        special = blocks.map {
            $0.id == "5" ? "a CD's cue sheet" : "an application's data (\($0.content.prefix(4).latin1))"
        }
    }

    static func mask(of stream: FLACStream) -> UInt32? {
        stream.blocks.first { $0.type == 4 }.flatMap { VorbisComment.mask($0.content) }
    }

    /// Of an Ogg stream that is decoded at a rate.
    init(_ link: OggLink, rate: Int) {
        let packets = link.packets(2)
        guard packets.count == 2 else { return }
        // After "OpusTags", or after 3 and "vorbis".
        self = VorbisComment.read(Array(packets[1].dropFirst(link.codec == .opus ? 8 : 7)), rate: rate)
        family = .ogg
    }
}
