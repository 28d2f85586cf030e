internal import Foundation

/// Bytes that take the place of others in a copy of a file.
struct ByteSplice: Sendable, Equatable {
    /// Bytes of the source.
    let range: Range<Int>
    let bytes: [UInt8]

    /// How much later what follows lies in the copy.
    var growth: Int { bytes.count - range.count }
}

extension [ByteSplice] {
    /// The place in the copy of a byte that is not replaced.
    func place(of offset: Int) -> Int { reduce(offset) { $1.range.upperBound <= offset ? $0 + $1.growth : $0 } }
}

extension ChunkedFile {
    /// What is to be replaced in a copy of the file for it to say what a mark says; nil where the container has no room for more.
    func splices(for mark: SynthesisMark, in file: FileBytes, _ format: AudioFormat) -> [ByteSplice]? {
        let blocks = chunks.map {
            Metadata.Block(id: $0.id, content: file.read($0.range.count, at: $0.range.lowerBound))
        }
        let marked = MarkedBlocks(mark, in: blocks, family, format, bigEndian: isBigEndian)
        if case .au(let isBig) = kind { return auSplices(marked, in: file, isBig) }
        var splices: [ByteSplice] = []
        for (index, content) in marked.changed {
            let range = chunks[index].range
            let padded = padded(content, like: range.count)
            splices.append(
                ByteSplice(range: range.lowerBound - sizeBytes..<range.upperBound, bytes: size(padded.count) + padded))
        }
        if !marked.added.isEmpty {
            // Some programs take all that comes after the samples of W64 for samples.
            let place = kind == .wave64 ? samples.offset - 24 : end
            var added = filling(after: place)
            for block in marked.added {
                added += name(block.id)
                added += size(block.content.count)
                added += block.content
                added += filling(after: block.content.count)
            }
            splices.append(ByteSplice(range: place..<place, bytes: added))
        }
        guard let whole = wholeSize(in: file, grown: splices.reduce(0) { $0 + $1.growth }) else { return nil }
        return (splices + whole).sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    private var family: Metadata.Family {
        switch kind {
        case .riff, .wave64: .riff
        case .aiff: .aiff
        case .caf: .caf
        case .au: .au
        }
    }

    private var isBigEndian: Bool { kind != .riff(bigEndian: false) && kind != .wave64 }
    /// Chunks begin at multiples of so many bytes.
    private var alignment: Int { kind == .wave64 ? 8 : kind == .caf ? 1 : 2 }
    /// Of a chunk's own size.
    private var sizeBytes: Int { kind == .wave64 || kind == .caf ? 8 : 4 }

    private func size(_ count: Int) -> [UInt8] {
        let value = kind == .wave64 ? 24 + count : count
        return isBigEndian ? [UInt8](big: value, sizeBytes) : [UInt8](little: value, sizeBytes)
    }

    private func name(_ id: String) -> [UInt8] {
        guard kind == .wave64 else { return Array(id.utf8) }
        return id == "LIST" ? Array("list".utf8) + Self.wave64Names.forms : Array(id.utf8) + Self.wave64Names.rest
    }

    /// A content that ends where the filling after the old one begins, whether there is one or not.
    private func padded(_ content: [UInt8], like count: Int) -> [UInt8] {
        content + filling(after: content.count - count)
    }

    /// Zeros up to the next place where a chunk may begin.
    private func filling(after count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (alignment - count % alignment) % alignment)
    }

    /// The new size of the whole file, where it is told and says something.
    private func wholeSize(in file: FileBytes, grown growth: Int) -> [ByteSplice]? {
        func renewed(_ place: Int, _ count: Int) -> [ByteSplice]? {
            let old = file.read(count, at: place)
            guard let value = (isBigEndian ? old.bigEndian : old.littleEndian).size else { return [] }
            // Programs that could not go back and fill it in left nothing, or all ones.
            if value == 0 || count == 4 && value == 0xFFFF_FFFF { return [] }
            guard count == 8 || value + growth < 0xFFFF_FFFF else { return nil }
            let new = isBigEndian ? [UInt8](big: value + growth, count) : [UInt8](little: value + growth, count)
            return [ByteSplice(range: place..<place + count, bytes: new)]
        }
        switch kind {
        case .caf: return []
        case .wave64: return renewed(16, 8)
        default:
            if let long = chunks.first(where: { $0.id == "ds64" }) { return renewed(long.range.lowerBound, 8) }
            return renewed(4, 4)
        }
    }

    /// The words of an AU file stand before its samples, whose place the head says.
    private func auSplices(_ marked: MarkedBlocks, in file: FileBytes, _ isBig: Bool) -> [ByteSplice] {
        let old = 24..<samples.offset
        var text = marked.changed[0] ?? marked.added.first?.content ?? []
        text += [UInt8](repeating: 0, count: 8 - text.count % 8)
        let offset = 24 + text.count
        return [
            ByteSplice(range: 4..<8, bytes: isBig ? [UInt8](big: offset, 4) : [UInt8](little: offset, 4)),
            ByteSplice(range: old, bytes: text),
        ]
    }
}
