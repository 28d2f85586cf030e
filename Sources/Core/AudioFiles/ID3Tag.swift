internal import Foundation

/// ID3v2, the tag before an MP3 file's sound, which WAV and AIFF hold in a chunk as well (ID3v2.3 and ID3v2.4).
enum ID3Tag {
    /// The length of a tag with its head, 0 where there is none (ID3v2.4, section 3.1).
    static func length(_ head: [UInt8]) -> Int {
        guard head.count >= 10, head.starts(with: "ID3".utf8), head[3] != 0xFF else { return 0 }
        return 10 + safe(head[6..<10]) + (head[5] & 0x10 != 0 ? 10 : 0)
    }

    /// A number of seven bits a byte.
    private static func safe(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 7 | Int($1 & 0x7F) } }
    private static func safe(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (21 - 7 * $0) & 0x7F) } }

    private struct Frame {
        let id: String
        let content: [UInt8]
    }

    /// Frame names and the names of fields; ID3v2.2 has names of three letters.
    private static let names: [(frame: String, field: String)] = [
        ("TIT2", "TITLE"), ("TPE1", "ARTIST"), ("TALB", "ALBUM"), ("TCON", "GENRE"), ("TDRC", "DATE"),
        ("TRCK", "TRACKNUMBER"), ("TPE2", "ALBUMARTIST"), ("TPOS", "DISCNUMBER"), ("TCOM", "COMPOSER"),
        ("TCOP", "COPYRIGHT"), ("TSSE", "ENCODER"), ("TENC", "ENCODED-BY"), ("TPE3", "CONDUCTOR"), ("TPE4", "REMIXER"),
        ("TEXT", "LYRICIST"), ("TPUB", "PUBLISHER"), ("TSRC", "ISRC"), ("TBPM", "BPM"), ("TKEY", "INITIALKEY"),
        ("TLAN", "LANGUAGE"), ("TIT1", "GROUPING"), ("TIT3", "SUBTITLE"), ("TMOO", "MOOD"), ("TMED", "MEDIA"),
        ("TDOR", "ORIGINALDATE"), ("TSOA", "ALBUMSORT"), ("TSOP", "ARTISTSORT"), ("TSOT", "TITLESORT"),
        ("TYER", "DATE"), ("TORY", "ORIGINALDATE"),
    ]
    private static let shortNames = [
        "TT2": "TITLE", "TP1": "ARTIST", "TAL": "ALBUM", "TCO": "GENRE", "TYE": "DATE", "TRK": "TRACKNUMBER",
        "TP2": "ALBUMARTIST", "TPA": "DISCNUMBER", "TCM": "COMPOSER", "TCR": "COPYRIGHT", "TSS": "ENCODER",
    ]

    /// Reads a tag; chapters' times are turned into frames.
    static func read(_ bytes: [UInt8], rate: Int) -> Metadata {
        var metadata = Metadata()
        for frame in frames(bytes) { add(frame, to: &metadata, rate: rate) }
        return metadata
    }

    private static func frames(_ bytes: [UInt8]) -> [Frame] {
        let end = min(bytes.count, length(bytes))
        guard end > 10 else { return [] }
        let (version, flags) = (bytes[3], bytes[5])
        var body = Array(bytes[10..<end])
        if flags & 0x80 != 0, version < 4 { body = synchronised(body) }
        var position = 0
        if flags & 0x40 != 0, version > 2, body.count > 4 {
            position = version == 4 ? safe(body[0..<4]) : 4 + Int(body[0..<4].bigEndian)
        }
        return frames(body, from: position, version: version)
    }

    private static func frames(_ body: [UInt8], from start: Int, version: UInt8) -> [Frame] {
        var (position, frames) = (start, [Frame]())
        let (idBytes, headBytes) = version == 2 ? (3, 6) : (4, 10)
        while position + headBytes <= body.count, body[position] != 0 {
            let id = body[position..<position + idBytes].latin1
            let sizes = body[position + idBytes..<position + 2 * idBytes]
            let size = version == 4 ? safe(sizes) : Int(sizes.bigEndian)
            position += headBytes
            guard size <= body.count - position else { break }
            var content = Array(body[position..<position + size])
            position += size
            let flags = version == 2 ? 0 : body[position - size - 1]
            // Compressed or locked frames stay closed.
            if version == 3 && flags & 0xC0 != 0 || version == 4 && flags & 0x0C != 0 { continue }
            if version == 4, flags & 0x01 != 0 { content = Array(content.dropFirst(4)) }
            if version == 4, flags & 0x02 != 0 { content = synchronised(content) }
            frames.append(Frame(id: id, content: content))
        }
        return frames
    }

    /// Without the zeros that keep a tag from looking like sound.
    private static func synchronised(_ bytes: [UInt8]) -> [UInt8] {
        bytes.indices.filter { $0 == 0 || bytes[$0] != 0 || bytes[$0 - 1] != 0xFF }.map { bytes[$0] }
    }

    private static func add(_ frame: Frame, to metadata: inout Metadata, rate: Int) {
        let content = frame.content
        guard let encoding = content.first else { return }
        switch frame.id {
        case "TXXX", "TXX":
            let (name, rest) = text(content.dropFirst(), encoding)
            // Each text has a name of its own: those after the first mark are numbered.
            if name == SynthesisMark.field || name.hasPrefix(SynthesisMark.field + " ") {
                // The latest stands first in a tag.
                let fields = texts(rest, encoding).map { Metadata.Field(name: SynthesisMark.field, text: $0) }
                let place = metadata.fields.firstIndex { $0.name == SynthesisMark.field } ?? metadata.fields.count
                metadata.fields.insert(contentsOf: fields, at: place)
                return
            }
            for value in texts(rest, encoding) { metadata.add(name.isEmpty ? "TEXT" : name, value) }
        case "COMM", "COM", "USLT", "ULT":
            let (description, rest) = text(content.dropFirst(4), encoding)
            let name = frame.id.hasPrefix("C") ? "COMMENT" : "LYRICS"
            // A description that is a name of its own, as iTunes writes.
            metadata.add(description.hasPrefix("iTun") ? description : name, text(rest, encoding).text)
        case "APIC":
            let (type, rest) = text(content.dropFirst(), 0)
            guard let kind = rest.first else { return }
            let (description, data) = text(rest.dropFirst(), encoding)
            metadata.pictures.append(
                Metadata.Picture(kind: Int(kind), mediaType: type, description: description, data: Array(data)))
        case "PIC" where content.count > 5:
            let (description, data) = text(content.dropFirst(5), encoding)
            let type = content[1..<4].latin1 == "PNG" ? "image/png" : "image/jpeg"
            metadata.pictures.append(
                Metadata.Picture(kind: Int(content[4]), mediaType: type, description: description, data: Array(data)))
        case "CHAP":
            let (_, rest) = text(content[...], 0)
            guard let (start, end) = times(Array(rest)) else { return }
            let title = frames(Array(rest.dropFirst(16)), from: 0, version: 4).first { $0.id == "TIT2" }
            let name = title.flatMap { title in title.content.first.map { text(title.content.dropFirst(), $0).text } }
            func frame(_ milliseconds: Int) -> Int { (milliseconds * rate + 500) / 1000 }
            metadata.cues.append(
                Metadata.Cue(position: frame(start), length: frame(end) - frame(start), name: name ?? ""))
        case "CTOC", "TLEN", "TLE": break
        case let id where id.hasPrefix("T"):
            let name = names.first { $0.frame == id }?.field ?? shortNames[id] ?? id
            for value in texts(content.dropFirst(), encoding) { metadata.add(name, value) }
        case let id where id.hasPrefix("W") && id.count == 4:
            let address = id == "WXXX" ? text(content.dropFirst(), encoding).rest : content[...]
            metadata.add(id == "WXXX" ? "URL" : id, text(address, 0).text)
        default: metadata.special.append("the ID3 frame \(frame.id)")
        }
    }

    private static func times(_ bytes: [UInt8]) -> (Int, Int)? {
        guard let start = bytes.integer(at: 0, bigEndian: true), let end = bytes.integer(at: 4, bigEndian: true) else {
            return nil
        }
        return (start, max(start, end))
    }

    /// The text up to its zero, and what comes after it.
    private static func text(_ bytes: ArraySlice<UInt8>, _ encoding: UInt8) -> (text: String, rest: ArraySlice<UInt8>) {
        if encoding == 1 || encoding == 2 {
            var units: [UInt16] = []
            var position = bytes.startIndex
            var bigEndian = encoding == 2
            while position + 1 < bytes.endIndex {
                let pair = bytes[position..<position + 2]
                position += 2
                let unit = UInt16(bigEndian ? pair.bigEndian : pair.littleEndian)
                if unit == 0 { break }
                if unit == 0xFFFE && units.isEmpty { bigEndian.toggle() } else if unit != 0xFEFF { units.append(unit) }
            }
            // Half a unit at the end says nothing.
            let rest = bytes.endIndex - position < 2 ? bytes.endIndex : position
            return (String(decoding: units, as: UTF16.self), bytes[rest...])
        }
        let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
        let text = encoding == 3 ? String(decoding: bytes[..<end], as: UTF8.self) : TagText.read(bytes[..<end])
        return (text, bytes[min(end + 1, bytes.endIndex)...])
    }

    private static func texts(_ bytes: ArraySlice<UInt8>, _ encoding: UInt8) -> [String] {
        var (result, rest) = ([String](), bytes)
        while !rest.isEmpty {
            let (text, more) = text(rest, encoding)
            if !text.isEmpty { result.append(text) }
            rest = more
        }
        return result
    }

    /// A tag of version 2.4 with all that ID3 can hold; empty where there is nothing to say.
    /// - Parameter frames: the sound's length, where the last chapter ends.
    static func bytes(_ metadata: Metadata, rate: Int, frames: Int) -> [UInt8] {
        var body: [UInt8] = []
        func frame(_ id: String, _ content: [UInt8]) -> [UInt8] {
            Array(id.utf8) + safe(content.count) + [0, 0] + content
        }
        var done = Set<String>()
        for field in metadata.fields where done.insert(field.name.uppercased()).inserted {
            let key = field.name.uppercased()
            let values = metadata.fields.filter { $0.name.uppercased() == key }.map(\.text)
            switch key {
            case "COMMENT", "LYRICS":
                for (index, value) in values.enumerated() {
                    // The description tells several apart.
                    let description = index == 0 ? [] : Array(String(index + 1).utf8)
                    body += frame(key == "COMMENT" ? "COMM" : "USLT", [3] + "und".utf8 + description + [0] + value.utf8)
                }
            default:
                let joined = Array(values.joined(separator: "\0").utf8)
                if let name = names.first(where: { $0.field == key })?.frame {
                    body += frame(name, [3] + joined)
                } else {
                    body += frame("TXXX", [3] + field.name.utf8 + [0] + joined)
                }
            }
        }
        for picture in metadata.pictures {
            body += frame(
                "APIC",
                [3] + picture.mediaType.utf8 + [0, UInt8(truncatingIfNeeded: picture.kind)] + picture.description.utf8
                    + [0] + picture.data)
        }
        func milliseconds(_ frame: Int) -> [UInt8] { [UInt8](big: (frame * 1000 + rate / 2) / rate, 4) }
        // The places after each one, the last first; there may be very many.
        var later = metadata.cues.map(\.position).sorted(by: >)
        var ends: [Int: Int] = [:]
        for position in metadata.cues.map(\.position).sorted() {
            while let next = later.last, next <= position { later.removeLast() }
            ends[position] = later.last ?? frames
        }
        for (index, cue) in metadata.cues.enumerated() {
            let next = ends[cue.position] ?? frames
            let end = cue.length > 0 ? cue.position + cue.length : next
            body += frame(
                "CHAP",
                Array("cue\(index + 1)\0".utf8) + milliseconds(cue.position) + milliseconds(end)
                    + [UInt8](repeating: 0xFF, count: 8) + (cue.name.isEmpty ? [] : frame("TIT2", [3] + cue.name.utf8)))
        }
        return body.isEmpty ? [] : Array("ID3".utf8) + [4, 0, 0] + safe(body.count) + body
    }

    /// A tag with a mark more, before all that is in it; nil for what is no tag.
    /// - Parameter count: the marks that it has.
    static func marked(_ tag: [UInt8], _ mark: SynthesisMark, after count: Int) -> [UInt8]? {
        let length = min(tag.count, length(tag))
        guard length > 10 else { return nil }
        let (version, flags) = (tag[3], tag[5])
        let hasFoot = flags & 0x10 != 0
        var body = Array(tag[10..<length - (hasFoot ? 10 : 0)])
        let isSynchronised = flags & 0x80 != 0 && version < 4
        if isSynchronised { body = synchronised(body) }
        var start = 0
        if flags & 0x40 != 0, version > 2, body.count > 4 {
            start = min(body.count, version == 4 ? safe(body[0..<4]) : 4 + Int(body[0..<4].bigEndian))
        }
        let name = SynthesisMark.field + (count == 0 ? "" : " \(count + 1)")
        // UTF-8 came with version 4.
        func text(_ text: String) -> [UInt8] {
            version == 4
                ? Array(text.utf8) : [0xFF, 0xFE] + text.utf16.flatMap { [UInt8](little: $0, 2) }
        }
        let content = [version == 4 ? 3 : 1] + text(name) + (version == 4 ? [0] : [0, 0]) + text(mark.stored)
        let head: [UInt8] =
            switch version {
            case 2: Array("TXX".utf8) + [UInt8](big: content.count, 3)
            case 3: Array("TXXX".utf8) + [UInt8](big: content.count, 4) + [0, 0]
            default: Array("TXXX".utf8) + safe(content.count) + [0, 0]
            }
        body.insert(contentsOf: head + content, at: start)
        func ends(_ name: String) -> [UInt8] {
            Array(name.utf8) + [version, tag[4], isSynchronised ? flags & 0x7F : flags] + safe(body.count)
        }
        return ends("ID3") + body + (hasFoot ? ends("3DI") : []) + tag[length...]
    }

    static func dropped(_ metadata: Metadata) -> [String] {
        var dropped: [String] = []
        if metadata.cues.contains(where: { !$0.note.isEmpty }) { dropped.append("the notes of cues") }
        if metadata.instrument != nil { dropped.append("a sampler's note and loops") }
        return dropped
    }
}
