internal import Foundation

/// A WAV, RF64, W64, AIFF, AU or CAF file: its chunks, read without libsndfile, which shortens a truncated file without a
/// word, does not tell where the samples lie and knows only some of what stands beside them.
struct ChunkedFile: Sendable {
    enum Kind: Sendable, Equatable {
        /// WAV and RF64, with the byte order of its numbers.
        case riff(bigEndian: Bool)
        case wave64
        case aiff(isCompressed: Bool)
        case au(bigEndian: Bool)
        case caf
    }

    struct Chunk: Sendable, Equatable {
        /// Four characters; in W64 those that its 16-byte name begins with.
        let id: String
        /// The chunk's content, as far as it is in the file.
        let range: Range<Int>
    }

    let kind: Kind
    let container: AudioContainer
    /// All but the samples, in order.
    private(set) var chunks: [Chunk] = []
    private(set) var samples: SampleLayout
    /// The first byte after the last chunk.
    private(set) var end: Int
    /// The same without the byte, or bytes, that a last chunk of an odd size is filled up with.
    private(set) var unfilledEnd: Int
    /// Where samples lie in several chunks, the first byte of a later one: programs do not agree about them.
    private(set) var secondSamples: Int?

    /// Nil for other files and where the header makes no sense.
    init?(_ file: FileBytes) {
        var window = FileWindow(file)
        guard let magic = window.text(0) else { return nil }
        switch magic {
        case "RIFF", "RF64", "BW64", "RIFX":
            guard window.text(8) == "WAVE" else { return nil }
            self.init(&window, .riff(bigEndian: magic == "RIFX"), magic == "RIFF" || magic == "RIFX" ? .wav : .rf64)
        case "riff":
            // Sony's Wave64: 16-byte names, 8-byte sizes that count the chunk's head, and steps of 8.
            guard window.text(24) == "wave" else { return nil }
            self.init(&window, .wave64, .w64)
        case "FORM":
            guard let form = window.text(8), form == "AIFF" || form == "AIFC" else { return nil }
            self.init(&window, .aiff(isCompressed: form == "AIFC"), .aiff)
        case ".snd", "dns.": self.init(au: &window, bigEndian: magic == ".snd")
        case "caff": self.init(&window, .caf, .caf)
        default: return nil
        }
    }

    private init?(au window: inout FileWindow, bigEndian: Bool) {
        guard let offset = window.integer(4, bytes: 4, bigEndian: bigEndian),
            let size = window.integer(8, bytes: 4, bigEndian: bigEndian), offset >= 24
        else { return nil }
        kind = .au(bigEndian: bigEndian)
        container = .au
        // Programs that wrote into a pipe left all ones, or nothing.
        let isUnfinished = size == 0 && offset < window.file.size
        samples = SampleLayout(
            offset: offset, promised: size == 0xFFFF_FFFF || isUnfinished ? nil : size, size: window.file.size,
            isUnfinished: isUnfinished)
        chunks =
            offset > 24 && window.file.size > 24 ? [Chunk(id: "text", range: 24..<min(offset, window.file.size))] : []
        end = samples.end
        unfilledEnd = end
    }

    private init?(_ window: inout FileWindow, _ kind: Kind, _ container: AudioContainer) {
        let size = window.file.size
        (self.kind, self.container) = (kind, container)
        var position = kind == .wave64 ? 40 : kind == .caf ? 8 : 12
        func isBeginning(_ place: Int, _ window: inout FileWindow) -> Bool {
            window.text(place).map { Self.beginnings.contains($0) } ?? false
                || SoundBeginning.isCertain(&window, at: place)
        }
        var (found, longSizes, last) = (SampleLayout?.none, [String: Int](), position)
        while let head = Self.head(at: position, kind, &window) {
            let content = position + head.bytes
            var next = head.size.map { position + $0 } ?? size
            // Another file begins here.
            if position > 12, isBeginning(position, &window) { break }
            if head.id == "ds64" { longSizes = Self.longSizes(at: content, upTo: next, &window) }
            if head.size == 8 + 0xFFFF_FFFF, head.id != "data", let long = longSizes[head.id] { next = content + long }
            if Self.holdsSamples(head.id, kind), found == nil {
                let layout = Self.samples(head, at: content, longSizes["data"], kind, &window)
                guard let layout else { return nil }
                found = layout
                next = layout.isUnfinished ? size : layout.offset + layout.promisedBytes
            } else {
                chunks.append(Chunk(id: head.id, range: content..<max(content, min(size, next))))
                let isMore = Self.holdsSamples(head.id, kind) && next > content + Self.beforeSamples(kind)
                if isMore || Self.holdsPieces(head.id, at: content, &window), secondSamples == nil {
                    secondSamples = position
                }
            }
            last = next
            guard next < size, next > position else {
                position = min(next, size)
                break
            }
            // Another file may begin where a chunk was to be filled up.
            if isBeginning(next, &window) {
                position = next
                break
            }
            position = Self.start(after: next, from: position, kind, &window)
        }
        // A list of pieces may be all there is.
        let nothing = secondSamples.map { _ in SampleLayout(offset: size, promised: 0, size: size) }
        guard let found = found ?? nothing else { return nil }
        samples = found
        end = min(position, size)
        unfilledEnd = min(last, end)
    }

    /// RF64's sizes of the samples and of other chunks that are too long for 32 bits.
    private static func longSizes(at start: Int, upTo end: Int, _ window: inout FileWindow) -> [String: Int] {
        var sizes: [String: Int] = [:]
        sizes["data"] = window.integer(start + 8, bytes: 8, bigEndian: false)
        let count = window.integer(start + 24, bytes: 4, bigEndian: false) ?? 0
        let reach = min(end, window.file.size, start + 28 + 12 * count)
        for place in stride(from: start + 28, to: reach - 11, by: 12) {
            guard let id = window.text(place), id != "data" else { continue }
            sizes[id] = window.integer(place + 4, bytes: 8, bigEndian: false)
        }
        return sizes
    }

    /// What sound files begin with.
    static let beginnings: Set<String> = [
        "RIFF", "RIFX", "RF64", "BW64", "riff", "FORM", ".snd", "dns.", "caff", "fLaC", "OggS",
    ]

    private struct Head {
        let id: String
        /// Of the head itself.
        let bytes: Int
        /// Of head and content; nil for "to the end of the file".
        let size: Int?
    }

    /// What follows the four characters in W64's names: of the forms and lists, and of all else.
    static let wave64Names: (forms: [UInt8], rest: [UInt8]) = (
        [0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0, 0],
        [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A]
    )

    /// A chunk's head; nil at the file's end and where there is none.
    private static func head(at position: Int, _ kind: Kind, _ window: inout FileWindow) -> Head? {
        if kind == .wave64 {
            guard let name = window.bytes(position, 16).map(Array.init),
                let size = window.integer(position + 16, bytes: 8, bigEndian: false), size >= 24
            else { return nil }
            if name[..<4].elementsEqual("list".utf8) { return Head(id: "LIST", bytes: 24, size: size) }
            let isUsual = name[4...].elementsEqual(wave64Names.rest)
            // Any 16 bytes may be a name, but not of what goes beyond the file.
            guard isUsual || size <= window.file.size - position else { return nil }
            return Head(id: (isUsual ? name[..<4] : name[...]).latin1, bytes: 24, size: size)
        }
        guard let id = window.text(position),
            id.unicodeScalars.allSatisfy({ (0x20...0x7E).contains($0.value) || $0.value == 0xA9 })
        else {
            return nil
        }
        switch kind {
        case .caf:
            guard let size = window.bytes(position + 4, 8) else { return nil }
            let isOpen = size.allSatisfy { $0 == 0xFF } && id == "data"
            guard let number = size.bigEndian.size ?? (isOpen ? 0 : nil) else { return nil }
            return Head(id: id, bytes: 12, size: isOpen ? nil : 12 + number)
        default:
            let bigEndian = kind != .riff(bigEndian: false)
            guard let size = window.integer(position + 4, bytes: 4, bigEndian: bigEndian) else { return nil }
            return Head(id: id, bytes: 8, size: 8 + size)
        }
    }

    /// Where the next chunk starts: chunks are filled up to whole words, which some programs forget.
    private static func start(after end: Int, from start: Int, _ kind: Kind, _ window: inout FileWindow) -> Int {
        switch kind {
        case .wave64: return start + (end - start + 7) / 8 * 8
        case .caf: return end
        default:
            let isOdd = (end - start) % 2 == 1
            return isOdd && (window.bytes(end, 1)?.first == 0 || head(at: end, kind, &window) == nil) ? end + 1 : end
        }
    }

    private static func holdsSamples(_ id: String, _ kind: Kind) -> Bool {
        if case .aiff = kind { return id == "SSND" }
        return id == "data"
    }

    /// A list of pieces of sound and of silence, one of WAV's ways to hold samples.
    private static func holdsPieces(_ id: String, at content: Int, _ window: inout FileWindow) -> Bool {
        id == "LIST" && window.text(content) == "wavl"
    }

    /// Bytes that a chunk of samples has before them.
    private static func beforeSamples(_ kind: Kind) -> Int {
        switch kind {
        case .aiff: 8
        case .caf: 4
        default: 0
        }
    }

    /// - Parameter content: the place after the chunk's head.
    private static func samples(
        _ head: Head, at content: Int, _ longSize: Int?, _ kind: Kind, _ window: inout FileWindow
    ) -> SampleLayout? {
        let size = window.file.size
        let promised = head.size.map { $0 - head.bytes }
        switch kind {
        case .aiff:
            guard let skip = window.integer(content, bytes: 4, bigEndian: true), let promised, promised >= 8 + skip
            else {
                return nil
            }
            return SampleLayout(offset: content + 8 + skip, promised: promised - 8 - skip, size: size)
        case .caf:
            // A data chunk starts with 4 bytes of edit count.
            return SampleLayout(offset: content + 4, promised: promised.map { max(0, $0 - 4) }, size: size)
        case .riff:
            let promised = promised ?? 0
            let rest = size - content
            // Programs that wrote into a pipe, or more than fits into 32 bits, and could not fill in the size.
            let isPlaceholder = promised >= 0x7FFF_F000 && promised <= 0x7FFF_FFFF && rest < promised
            let isWrapped = longSize == nil && rest > 0xFFFF_FFFF && rest & 0xFFFF_FFFF == promised
            if promised == 0xFFFF_FFFF || isPlaceholder || isWrapped {
                return SampleLayout(offset: content, promised: longSize, size: size)
            }
            if promised == 0, longSize ?? 0 == 0, rest > 0, !isChunks(from: content, kind, &window) {
                return SampleLayout(offset: content, promised: nil, size: size, isUnfinished: true)
            }
            return SampleLayout(offset: content, promised: promised, size: size)
        default:
            let rest = size - content
            let isUnfinished = promised == 0 && rest > 0 && !isChunks(from: content, kind, &window)
            return SampleLayout(
                offset: content, promised: isUnfinished ? nil : promised, size: size, isUnfinished: isUnfinished)
        }
    }

    /// Whether nothing but chunks follows up to the file's end.
    private static func isChunks(from start: Int, _ kind: Kind, _ window: inout FileWindow) -> Bool {
        var position = start
        while position < window.file.size {
            guard let head = head(at: position, kind, &window), let size = head.size,
                position + size <= window.file.size
            else { return false }
            position = Self.start(after: position + size, from: position, kind, &window)
        }
        return true
    }

    /// Bytes that follow the samples, are of no chunk and not all alike: samples that the header does not count, it would seem. Nil for a few:
    /// less than a block of the disk or a hundredth of the samples, as other programs leave behind.
    func uncounted(_ file: FileBytes) -> Int? {
        let rest = file.size - end
        guard end - samples.end < 8, rest > max(4096, samples.foundBytes / 100) else { return nil }
        // What is filled up to a round size is filled with one byte.
        let first = file.read(1, at: end)
        var place = end
        while place < file.size {
            let bytes = file.read(min(1 << 16, file.size - place), at: place)
            guard !bytes.isEmpty else { return nil }
            if bytes.contains(where: { $0 != first[0] }) { return rest }
            place += bytes.count
        }
        return nil
    }

    /// Takes all that follows the beginning of the samples for samples, as of a header that was never finished.
    mutating func countAll(_ file: FileBytes) {
        samples = SampleLayout(offset: samples.offset, promised: nil, size: file.size, isUnfinished: true)
        (end, unfilledEnd) = (file.size, file.size)
    }

    /// The content of the first chunk of a name, nil where there is none.
    func content(_ id: String, of file: FileBytes) -> [UInt8]? {
        chunks.first { $0.id == id }.map { file.read($0.range.count, at: $0.range.lowerBound) }
    }
}
