internal import Foundation

/// The chunks of AIFF files that stand beside the samples (Audio Interchange File Format 1.3).
enum AIFFMetadata {
    private static let ownChunks: Set<String> = ["COMM", "FVER", "CHAN", "PEAK", "FLLR", "JUNK"]
    private static let names = [
        ("NAME", "TITLE"), ("AUTH", "ARTIST"), ("(c) ", "COPYRIGHT"), ("ANNO", "COMMENT"),
        ("ANNO", SynthesisMark.field),
    ]

    private struct Marker {
        let id: Int
        let position: Int
        let name: String
    }

    static func read(_ chunks: [Metadata.Block], rate: Int) -> Metadata {
        var metadata = Metadata()
        metadata.family = .aiff
        metadata.blocks = chunks.filter { !ownChunks.contains($0.id) }
        let markers = metadata.blocks.first { $0.id == "MARK" }.map { Self.markers($0.content) } ?? []
        var loopMarkers = Set<Int>()
        for chunk in metadata.blocks {
            switch chunk.id {
            case "MARK", "COMT": break
            case "ID3 ", "id3 ": metadata.merge(ID3Tag.read(chunk.content, rate: rate))
            case "INST":
                let (instrument, used) = Self.instrument(chunk.content, markers)
                metadata.instrument = instrument
                loopMarkers = used
            default:
                if let name = names.first(where: { $0.0 == chunk.id })?.1 {
                    let text = TagText.read(chunk.content)
                    metadata.add(text.hasPrefix(SynthesisMark.beginning) ? SynthesisMark.field : name, text)
                } else {
                    metadata.special.append(
                        "the chunk \u{201C}\(chunk.id.trimmingCharacters(in: .whitespaces))\u{201D}")
                }
            }
        }
        let comments = metadata.blocks.first { $0.id == "COMT" }.map { Self.comments($0.content) } ?? []
        let known = Set(markers.map(\.id))
        for comment in comments where !known.contains(comment.marker) { metadata.add("COMMENT", comment.text) }
        let notes = Dictionary(comments.map { ($0.marker, $0.text) }) { first, _ in first }
        for marker in markers where !loopMarkers.contains(marker.id) {
            metadata.cues.append(
                Metadata.Cue(position: marker.position, name: marker.name, note: notes[marker.id] ?? ""))
        }
        return metadata
    }

    private static func markers(_ bytes: [UInt8]) -> [Marker] {
        var (markers, position) = ([Marker](), 2)
        for _ in 0..<(bytes.integer(at: 0, bytes: 2, bigEndian: true) ?? 0) {
            guard let id = bytes.integer(at: position, bytes: 2, bigEndian: true),
                let place = bytes.integer(at: position + 2, bigEndian: true), position + 6 < bytes.count
            else { break }
            let count = Int(bytes[position + 6])
            let name = bytes[position + 7..<min(bytes.count, position + 7 + count)]
            markers.append(Marker(id: id, position: place, name: TagText.read(name)))
            position += 7 + count + (count + 1) % 2
        }
        return markers
    }

    private static func comments(_ bytes: [UInt8]) -> [(marker: Int, text: String)] {
        var (comments, position) = ([(Int, String)](), 2)
        for _ in 0..<(bytes.integer(at: 0, bytes: 2, bigEndian: true) ?? 0) {
            guard let marker = bytes.integer(at: position + 4, bytes: 2, bigEndian: true),
                let count = bytes.integer(at: position + 6, bytes: 2, bigEndian: true),
                position + 8 + count <= bytes.count
            else { break }
            comments.append((marker, TagText.read(bytes[position + 8..<position + 8 + count])))
            position += 8 + count + count % 2
        }
        return comments
    }

    /// The instrument, and the markers that its loops are made of.
    private static func instrument(_ bytes: [UInt8], _ markers: [Marker]) -> (Metadata.Instrument?, Set<Int>) {
        guard bytes.count >= 20 else { return (nil, []) }
        var (loops, used) = ([Metadata.Loop](), Set<Int>())
        for place in [8, 14] {
            let words = (0..<3).compactMap { bytes.integer(at: place + 2 * $0, bytes: 2, bigEndian: true) }
            guard words[0] == 1 || words[0] == 2, let start = markers.first(where: { $0.id == words[1] }),
                let end = markers.first(where: { $0.id == words[2] }), end.position > start.position
            else { continue }
            // A marker lies between two frames.
            loops.append(Metadata.Loop(first: start.position, last: end.position - 1, direction: words[0] - 1))
            used.formUnion([start.id, end.id])
        }
        return (Metadata.Instrument(note: Int(bytes[0]), loops: loops), used)
    }

    // MARK: Writing

    /// The chunks of a file in this family, those of a file of another family rebuilt.
    static func chunks(
        _ metadata: Metadata, rate: Int, frames: Int, ratio: Double
    ) -> (chunks: [Metadata.Block], dropped: [String]) {
        if metadata.family == .aiff {
            return (metadata.blocks.map { $0.id == "MARK" ? moved($0, by: ratio) : $0 }, [])
        }
        let metadata = metadata.scaled(by: ratio)
        var (chunks, dropped) = ([Metadata.Block](), [String]())
        var isComplete = metadata.pictures.isEmpty
        for field in metadata.fields {
            let id = names.first { $0.1 == field.name.uppercased() }?.0
            if let id, id == "ANNO" || !chunks.contains(where: { $0.id == id }) {
                chunks.append(Metadata.Block(id: id, content: Array(field.text.utf8)))
            } else {
                isComplete = false
            }
        }
        if !isComplete {
            // What AIFF has no name for stands in a tag that players look for in AIFF files too.
            var words = metadata
            words.cues = []
            chunks.append(Metadata.Block(id: "ID3 ", content: ID3Tag.bytes(words, rate: rate, frames: frames)))
        }
        var markers: [(position: Int, name: String)] = metadata.cues.map { ($0.position, $0.name) }
        if metadata.cues.contains(where: { $0.length > 0 }) { dropped.append("the lengths of cues") }
        if let instrument = metadata.instrument {
            var content = [UInt8(clamping: instrument.note), 0, 0, 127, 1, 127, 0, 0]
            for index in 0..<2 {
                guard instrument.loops.indices.contains(index) else {
                    content += [0, 0, 0, 0, 0, 0]
                    continue
                }
                let loop = instrument.loops[index]
                markers += [(loop.first, "loop start"), (loop.last + 1, "loop end")]
                content += [UInt8](big: loop.direction == 1 ? 2 : 1, 2) + [UInt8](big: markers.count - 1, 2)
                content += [UInt8](big: markers.count, 2)
            }
            if instrument.loops.count > 2 { dropped.append("\(instrument.loops.count - 2) of a sampler's loops") }
            chunks.append(Metadata.Block(id: "INST", content: content))
        }
        if markers.count > 0xFFFF {
            dropped.append("\(markers.count - 0xFFFF) cues")
            markers = Array(markers.prefix(0xFFFF))
        }
        if !markers.isEmpty {
            let (content, shortened) = bytes(markers)
            chunks.append(Metadata.Block(id: "MARK", content: content))
            if shortened > 0 { dropped.append("the ends of \(shortened) cue names, of which AIFF holds 255 bytes") }
        }
        let notes = metadata.cues.enumerated().filter { !$0.element.note.isEmpty && $0.offset < 0xFFFF }
        if !notes.isEmpty {
            var content = [UInt8](big: notes.count, 2)
            for (index, cue) in notes {
                let text = TagText.prefix(cue.note, bytes: 0xFFFF).bytes
                content += [0, 0, 0, 0] + [UInt8](big: index + 1, 2) + [UInt8](big: text.count, 2) + text
                if text.count % 2 == 1 { content.append(0) }
            }
            chunks.append(Metadata.Block(id: "COMT", content: content))
        }
        return (chunks, dropped)
    }

    private static func bytes(_ markers: [(position: Int, name: String)]) -> ([UInt8], shortened: Int) {
        var (content, shortened) = ([UInt8](big: markers.count, 2), 0)
        for (index, marker) in markers.enumerated() {
            let (name, isWhole) = TagText.prefix(marker.name, bytes: 255)
            if !isWhole { shortened += 1 }
            content += [UInt8](big: index + 1, 2) + [UInt8](big: marker.position, 4) + [UInt8(name.count)] + name
            // Name and its count take whole words.
            if name.count % 2 == 0 { content.append(0) }
        }
        return (content, shortened)
    }

    private static func moved(_ chunk: Metadata.Block, by ratio: Double) -> Metadata.Block {
        var (chunk, position) = (chunk, 2)
        for _ in markers(chunk.content) {
            let value = chunk.content.integer(at: position + 2, bigEndian: true) ?? 0
            let place = Int((Double(value) * ratio).rounded())
            chunk.content.replaceSubrange(position + 2..<position + 6, with: [UInt8](big: place, 4))
            let count = Int(chunk.content[position + 6])
            position += 7 + count + (count + 1) % 2
        }
        return chunk
    }
}
