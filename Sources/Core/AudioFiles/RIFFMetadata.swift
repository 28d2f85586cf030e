internal import Foundation

/// The chunks of WAV, RF64 and W64 files that stand beside the samples.
enum RIFFMetadata {
    /// Chunks that describe the samples as they lie in the file, that fill it up, or that are true of the old samples only.
    private static let ownChunks: Set<String> = [
        "ds64", "fmt ", "fact", "PEAK", "levl", "MD5 ", "JUNK", "junk", "PAD ", "FLLR", "free", "minf", "elm1",
    ]

    private static let names = [
        ("INAM", "TITLE"), ("IART", "ARTIST"), ("IPRD", "ALBUM"), ("ICMT", "COMMENT"), ("ICRD", "DATE"),
        ("IGNR", "GENRE"), ("ICOP", "COPYRIGHT"), ("ISFT", "ENCODER"), ("ITRK", "TRACKNUMBER"), ("IPRT", "TRACKNUMBER"),
        ("IENG", "ENGINEER"), ("IKEY", "KEYWORDS"), ("ISBJ", "SUBJECT"), ("ISRC", "SOURCE"), ("ITCH", "TECHNICIAN"),
        ("IMED", "MEDIA"), ("IMUS", "COMPOSER"), ("IWRI", "LYRICIST"), ("ILNG", "LANGUAGE"), ("ICMS", "COMMISSIONED"),
        ("IARL", "ARCHIVE"), ("ISRF", "SOURCEFORM"), (MarkedBlocks.infoName, SynthesisMark.field),
    ]

    static func read(_ chunks: [Metadata.Block], bigEndian: Bool, rate: Int) -> Metadata {
        var metadata = Metadata()
        func number(_ bytes: [UInt8], _ place: Int) -> Int { bytes.integer(at: place, bigEndian: bigEndian) ?? 0 }
        let kept = chunks.filter { !ownChunks.contains($0.id) }
        for chunk in kept {
            let content = chunk.content
            switch chunk.id {
            case "LIST" where content.starts(with: "INFO".utf8):
                for item in items(content, bigEndian: bigEndian) {
                    let name = names.first { $0.0 == item.id }?.1 ?? item.id
                    metadata.add(name, TagText.read(item.content))
                }
            case "id3 ", "ID3 ": metadata.merge(ID3Tag.read(content, rate: rate))
            case "cue ": break
            case "LIST" where content.starts(with: "adtl".utf8): break
            case "smpl":
                let loops = stride(from: 36, to: min(content.count - 23, 36 + 24 * number(content, 28)), by: 24).map {
                    Metadata.Loop(
                        first: number(content, $0 + 8), last: number(content, $0 + 12),
                        direction: number(content, $0 + 4))
                }
                metadata.instrument = Metadata.Instrument(note: number(content, 12), loops: loops)
            case "bext": metadata.special.append("the broadcast data (bext)")
            case "iXML", "axml": metadata.special.append("the production data (\(chunk.id))")
            default:
                metadata.special.append("the chunk \u{201C}\(chunk.id.trimmingCharacters(in: .whitespaces))\u{201D}")
            }
        }
        metadata.cues += cues(kept, bigEndian: bigEndian, number)
        if !bigEndian {
            metadata.family = .riff
            metadata.blocks = kept
        }
        return metadata
    }

    private static func items(_ list: [UInt8], bigEndian: Bool) -> [Metadata.Block] {
        var (items, position) = ([Metadata.Block](), 4)
        while position + 8 <= list.count, let size = list.integer(at: position + 4, bigEndian: bigEndian) {
            let end = min(list.count, position + 8 + size)
            items.append(
                Metadata.Block(id: list[position..<position + 4].latin1, content: Array(list[position + 8..<end])))
            position = end + size % 2
        }
        return items
    }

    private static func cues(
        _ chunks: [Metadata.Block], bigEndian: Bool, _ number: ([UInt8], Int) -> Int
    ) -> [Metadata.Cue] {
        let adtl = chunks.filter { $0.id == "LIST" && $0.content.starts(with: "adtl".utf8) }
            .flatMap { list in Self.items(list.content, bigEndian: bigEndian) }
        // The first of a kind for each cue; there may be very many.
        let items = Dictionary(grouping: adtl.filter { $0.content.count >= 4 }, by: \.id).mapValues { items in
            Dictionary(items.map { (number($0.content, 0), $0.content) }) { first, _ in first }
        }
        func item(_ kind: String, _ id: Int) -> [UInt8]? { items[kind]?[id] }
        guard let points = chunks.first(where: { $0.id == "cue " })?.content else { return [] }
        return stride(from: 4, to: min(points.count - 23, 4 + 24 * number(points, 0)), by: 24).map { place in
            let id = number(points, place)
            return Metadata.Cue(
                position: number(points, place + 20), length: item("ltxt", id).map { number($0, 4) } ?? 0,
                name: item("labl", id).map { TagText.read($0.dropFirst(4)) } ?? "",
                note: item("note", id).map { TagText.read($0.dropFirst(4)) } ?? "")
        }.filter { $0.name != SynthesisMark.cue }
    }

    // MARK: Writing

    /// The chunks of a file in this family, those of a file of another family rebuilt.
    /// - Parameters:
    ///   - ratio: the new rate over the old one.
    ///   - isWhole: whether the sound is another now.
    static func chunks(
        _ metadata: Metadata, rate: Int, frames: Int, ratio: Double, isWhole: Bool
    ) -> [Metadata.Block] {
        if metadata.family == .riff {
            return metadata.blocks.map { moved($0, by: ratio, isWhole: isWhole) }
        }
        let metadata = metadata.scaled(by: ratio)
        var chunks: [Metadata.Block] = []
        var info: [UInt8] = []
        var isComplete = metadata.pictures.isEmpty
        var done = Set<String>()
        for field in metadata.fields {
            let key = field.name.uppercased()
            let id = names.first { $0.1 == key }?.0 ?? (key.count == 4 && key.hasPrefix("I") ? key : nil)
            if let id, done.insert(id).inserted || key == SynthesisMark.field {
                info += item(id, Array(field.text.utf8) + [0])
            } else {
                isComplete = false
            }
        }
        if !info.isEmpty { chunks.append(Metadata.Block(id: "LIST", content: Array("INFO".utf8) + info)) }
        if !isComplete {
            // What the list has no name for stands in a tag that players look for in WAV files too.
            var words = metadata
            words.cues = []
            chunks.append(Metadata.Block(id: "id3 ", content: ID3Tag.bytes(words, rate: rate, frames: frames)))
        }
        chunks += cueChunks(metadata.cues)
        if let instrument = metadata.instrument { chunks.append(sampler(instrument, rate: rate)) }
        return chunks
    }

    /// The chunks of a file in this family with the places that its metadata has now, some frames later.
    static func placed(_ chunks: [Metadata.Block], _ metadata: Metadata, by frames: Int, rate: Int) -> [Metadata.Block]
    {
        var kept = chunks.filter { chunk in
            !["cue ", "plst", "smpl"].contains(chunk.id)
                && !(chunk.id == "LIST" && chunk.content.starts(with: "adtl".utf8))
        }
        for index in kept.indices where kept[index].id == "bext" {
            // Samples since midnight at the first one.
            if let time = kept[index].content.integer(at: 338, bytes: 8, bigEndian: false) {
                kept[index].content.replaceSubrange(338..<346, with: [UInt8](little: max(0, time - frames), 8))
            }
        }
        kept += cueChunks(metadata.cues)
        if let instrument = metadata.instrument { kept.append(sampler(instrument, rate: rate)) }
        return kept
    }

    private static func item(_ id: String, _ content: [UInt8]) -> [UInt8] {
        Array(id.utf8) + [UInt8](little: content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
    }

    private static func cueChunks(_ cues: [Metadata.Cue]) -> [Metadata.Block] {
        if cues.isEmpty { return [] }
        var points = [UInt8](little: cues.count, 4)
        var texts: [UInt8] = []
        for (index, cue) in cues.enumerated() {
            let id = [UInt8](little: index + 1, 4)
            let place = [UInt8](little: cue.position, 4)
            points += id + place + Array("data".utf8) + [UInt8](repeating: 0, count: 8) + place
            if !cue.name.isEmpty { texts += item("labl", id + cue.name.utf8 + [0]) }
            if !cue.note.isEmpty { texts += item("note", id + cue.note.utf8 + [0]) }
            if cue.length > 0 {
                texts += item(
                    "ltxt", id + [UInt8](little: cue.length, 4) + "rgn ".utf8 + [UInt8](repeating: 0, count: 8))
            }
        }
        let lists = texts.isEmpty ? [] : [Metadata.Block(id: "LIST", content: Array("adtl".utf8) + texts)]
        return [Metadata.Block(id: "cue ", content: points)] + lists
    }

    private static func sampler(_ instrument: Metadata.Instrument, rate: Int) -> Metadata.Block {
        var content = [0, 0, 1_000_000_000 / rate, instrument.note, 0, 0, 0, instrument.loops.count, 0]
            .flatMap { [UInt8](little: $0, 4) }
        for (index, loop) in instrument.loops.enumerated() {
            content += [index, loop.direction, loop.first, loop.last, 0, 0].flatMap { [UInt8](little: $0, 4) }
        }
        return Metadata.Block(id: "smpl", content: content)
    }

    /// A chunk of the same family, with its places moved to another rate.
    private static func moved(_ chunk: Metadata.Block, by ratio: Double, isWhole: Bool) -> Metadata.Block {
        var chunk = chunk
        func scale(_ place: Int, bytes count: Int = 4, plus one: Int = 0, by factor: Double) {
            guard factor != 1, let value = chunk.content.integer(at: place, bytes: count, bigEndian: false) else {
                return
            }
            let scaled = (Double(value + one) * factor).rounded() - Double(one)
            let largest = count == 8 ? 0x1p62 : 0xFFFF_FFFF
            chunk.content.replaceSubrange(
                place..<place + count, with: [UInt8](little: Int(min(max(0, scaled), largest)), count))
        }
        let count = chunk.content.count
        switch chunk.id {
        case "bext":
            scale(338, bytes: 8, by: ratio)
            // How loud the sound is on the whole; a value that means "not known".
            if isWhole, count >= 422, chunk.content.integer(at: 346, bytes: 2, bigEndian: false) ?? 0 >= 2 {
                for place in stride(from: 412, to: 422, by: 2) {
                    chunk.content.replaceSubrange(place..<place + 2, with: [0xFF, 0x7F])
                }
            }
        case "cue ":
            for place in stride(from: 4, to: count, by: 24) {
                scale(place + 4, by: ratio)
                scale(place + 20, by: ratio)
            }
        case "plst": for place in stride(from: 4, to: count, by: 12) { scale(place + 4, by: ratio) }
        case "smpl":
            scale(8, by: 1 / ratio)
            for place in stride(from: 36, to: count, by: 24) {
                scale(place + 8, by: ratio)
                scale(place + 12, plus: 1, by: ratio)
            }
        case "LIST" where chunk.content.starts(with: "adtl".utf8):
            var place = 4
            while let size = chunk.content.integer(at: place + 4, bigEndian: false) {
                if chunk.content[place..<place + 4].elementsEqual("ltxt".utf8) { scale(place + 12, by: ratio) }
                place += 8 + size + size % 2
            }
        default: break
        }
        return chunk
    }
}
