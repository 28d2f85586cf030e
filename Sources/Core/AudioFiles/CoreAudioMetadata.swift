internal import Foundation

/// The chunks of CAF files, and the words of AU files, that stand beside the samples.
enum CoreAudioMetadata {
    private static let ownChunks: Set<String> = ["desc", "pakt", "kuki", "chan", "free", "peak"]
    private static let names = [
        ("title", "TITLE"), ("artist", "ARTIST"), ("album", "ALBUM"), ("track number", "TRACKNUMBER"),
        ("year", "DATE"), ("genre", "GENRE"), ("comments", "COMMENT"), ("copyright", "COPYRIGHT"),
        ("encoding application", "ENCODER"), ("lyrics", "LYRICS"), ("composer", "COMPOSER"),
    ]
    private static let markerBytes = 28

    static func read(_ chunks: [Metadata.Block]) -> Metadata {
        var metadata = Metadata()
        metadata.family = .caf
        metadata.blocks = chunks.filter { !ownChunks.contains($0.id) }
        let strings = metadata.blocks.first { $0.id == "strg" }.map { Self.strings($0.content) } ?? [:]
        for chunk in metadata.blocks {
            let content = chunk.content
            switch chunk.id {
            case "info":
                let words = content.dropFirst(4).split(separator: 0, omittingEmptySubsequences: false)
                for index in stride(from: 0, to: words.count - 1, by: 2) {
                    let key = TagText.read(words[index])
                    metadata.add(names.first { $0.0 == key }?.1 ?? key.uppercased(), TagText.read(words[index + 1]))
                }
            case "mark":
                let count = content.integer(at: 4, bigEndian: true) ?? 0
                for place in stride(
                    from: 8, to: min(content.count - markerBytes + 1, 8 + count * markerBytes), by: markerBytes)
                {
                    let position = Double(bitPattern: content[place + 4..<place + 12].bigEndian)
                    guard position.isFinite, position >= 0, position < 1e15 else { continue }
                    let id = content.integer(at: place + 12, bigEndian: true) ?? 0
                    metadata.cues.append(Metadata.Cue(position: Int(position), name: strings[id] ?? ""))
                }
            case "strg": break
            default:
                metadata.special.append("the chunk \u{201C}\(chunk.id.trimmingCharacters(in: .whitespaces))\u{201D}")
            }
        }
        return metadata
    }

    private static func strings(_ bytes: [UInt8]) -> [Int: String] {
        let count = bytes.integer(at: 0, bigEndian: true) ?? 0
        guard bytes.count >= 4 + 12 * count else { return [:] }
        // No two lie in the same bytes, so that all together are no longer than what there is.
        var (strings, rest) = ([Int: String](), bytes.count)
        for index in 0..<count where rest > 0 {
            guard let id = bytes.integer(at: 4 + 12 * index, bigEndian: true),
                let offset = bytes.integer(at: 8 + 12 * index, bytes: 8, bigEndian: true),
                offset <= bytes.count - 4 - 12 * count
            else { continue }
            let text = TagText.read(bytes[(4 + 12 * count + offset)...])
            strings[id] = text
            rest -= text.utf8.count
        }
        return strings
    }

    // MARK: Writing

    /// The chunks of a file in this family, those of a file of another family rebuilt.
    static func chunks(_ metadata: Metadata, ratio: Double) -> (chunks: [Metadata.Block], dropped: [String]) {
        if metadata.family == .caf { return (metadata.blocks.map { moved($0, by: ratio) }, []) }
        let metadata = metadata.scaled(by: ratio)
        var (chunks, dropped) = ([Metadata.Block](), [String]())
        if !metadata.fields.isEmpty {
            var content = [UInt8](big: metadata.fields.count, 4)
            for field in metadata.fields {
                let key = names.first { $0.1 == field.name.uppercased() }?.0 ?? field.name.lowercased()
                content += Array(key.utf8) + [0] + Array(field.text.utf8) + [0]
            }
            chunks.append(Metadata.Block(id: "info", content: content))
        }
        if !metadata.cues.isEmpty {
            var marks = [UInt8](repeating: 0, count: 4) + [UInt8](big: metadata.cues.count, 4)
            var (entries, texts) = ([UInt8](), [UInt8]())
            for (index, cue) in metadata.cues.enumerated() {
                marks += [0, 0, 0, 0] + [UInt8](big: Double(cue.position).bitPattern, 8) + [UInt8](big: index + 1, 4)
                marks += [UInt8](repeating: 0, count: 12)
                entries += [UInt8](big: index + 1, 4) + [UInt8](big: texts.count, 8)
                texts += Array(cue.name.utf8) + [0]
            }
            chunks.append(Metadata.Block(id: "mark", content: marks))
            chunks.append(
                Metadata.Block(id: "strg", content: [UInt8](big: metadata.cues.count, 4) + entries + texts))
        }
        if !metadata.pictures.isEmpty { dropped.append("pictures") }
        return (
            chunks,
            dropped + VorbisComment.dropped(metadata).filter { !$0.hasPrefix("\(metadata.cues.count - 999) cues") }
        )
    }

    private static func moved(_ chunk: Metadata.Block, by ratio: Double) -> Metadata.Block {
        var chunk = chunk
        func scale(_ marker: Int) {
            guard ratio != 1, marker + markerBytes <= chunk.content.count else { return }
            let position = Double(bitPattern: chunk.content[marker + 4..<marker + 12].bigEndian) * ratio
            chunk.content.replaceSubrange(marker + 4..<marker + 12, with: [UInt8](big: position.bitPattern, 8))
        }
        switch chunk.id {
        case "mark": for place in stride(from: 8, to: chunk.content.count, by: markerBytes) { scale(place) }
        case "regn":
            var place = 8
            while let count = chunk.content.integer(at: place + 8, bigEndian: true) {
                for index in 0..<min(count, chunk.content.count / markerBytes) {
                    scale(place + 12 + index * markerBytes)
                }
                place += 12 + count * markerBytes
            }
        default: break
        }
        return chunk
    }
}

/// The words at the head of an AU file: a line for each, "name=text", as other programs write them.
enum AUText {
    static func read(_ bytes: [UInt8]) -> Metadata {
        var metadata = Metadata()
        metadata.family = .au
        metadata.blocks = [Metadata.Block(id: "text", content: bytes)]
        let text = TagText.read(bytes)
        for line in text.split(whereSeparator: \.isNewline) {
            if let equals = line.firstIndex(of: "="), line[..<equals].allSatisfy({ $0.isLetter || $0 == "_" }) {
                metadata.add(line[..<equals].uppercased(), String(line[line.index(after: equals)...]))
            } else {
                metadata.add("COMMENT", String(line))
            }
        }
        return metadata
    }

    static func bytes(_ metadata: Metadata) -> (text: [UInt8], dropped: [String]) {
        if metadata.family == .au { return (metadata.blocks.first?.content ?? [], []) }
        let text = metadata.fields.map { field in
            "\(field.name.lowercased())=\(field.text.split(whereSeparator: \.isNewline).joined(separator: " "))\n"
        }.joined()
        var dropped = VorbisComment.dropped(metadata).filter { !$0.hasPrefix("the ") }
        if !metadata.cues.isEmpty { dropped.append("cues") }
        if !metadata.pictures.isEmpty { dropped.append("pictures") }
        return (Array(text.utf8), dropped)
    }
}
