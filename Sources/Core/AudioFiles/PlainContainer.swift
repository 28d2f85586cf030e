internal import Foundation

/// The bytes around the samples of a WAV, RF64, W64, AIFF, AU or CAF file that is being written: a head whose size does
/// not change, so that the counts are filled in at the end, and what follows the samples.
struct PlainContainer {
    let format: AudioFormat
    /// What the file says about its channels.
    let layout: ChannelLayout?
    /// What stands beside the samples; in AU the text of the head.
    let chunks: [Metadata.Block]
    /// Whether a chunk says how loud the loudest sample of each channel is.
    let hasPeaks: Bool
    /// Whether a WAV file has room to become an RF64 file.
    let mayGrow: Bool

    /// The containers that are written so.
    static let all: Set<AudioContainer> = [.wav, .rf64, .w64, .aiff, .au, .caf]

    /// The loudest sample of a channel, and the frame that it is in.
    struct Peak: Equatable {
        var value: Float = 0
        var frame = 0
    }

    private var frameBytes: Int { (format.encoding.bytesPerSample ?? 0) * format.channels }

    var isBigEndian: Bool { [.aiff, .au, .caf].contains(format.container) }

    /// The most frames that the container can count.
    var longest: Int {
        let most = 0xFFFF_FFFF - (1 << 20)
        switch format.container {
        case .wav: return mayGrow ? Int.max : most / frameBytes
        case .aiff: return most / frameBytes
        default: return Int.max
        }
    }

    func head(frames: Int, peaks: [Peak]) -> [UInt8] {
        switch format.container {
        case .wav, .rf64: riff(frames, peaks)
        case .w64: wave64(frames, peaks)
        case .aiff: aiff(frames, peaks)
        case .au: au(frames)
        default: caf(frames)
        }
    }

    /// What fills the samples up to whole words.
    func tail(frames: Int) -> [UInt8] {
        let count = frames * frameBytes
        return switch format.container {
        case .wav, .rf64, .aiff: [UInt8](repeating: 0, count: count % 2)
        case .w64: [UInt8](repeating: 0, count: (8 - count % 8) % 8)
        default: []
        }
    }

    // MARK: RIFF

    private func little(_ value: Int, _ count: Int = 4) -> [UInt8] { [UInt8](little: value, count) }

    private func riff(_ frames: Int, _ peaks: [Peak]) -> [UInt8] {
        let hasRoom = format.container == .rf64 || mayGrow
        func chunk(_ id: String, _ content: [UInt8]) -> [UInt8] {
            let content = hasRoom ? Self.even(content, id) : content
            return Array(id.utf8) + little(content.count) + content + (content.count % 2 == 1 ? [0] : [])
        }
        let count = frames * frameBytes
        // A broadcast file begins with its broadcast data.
        let first = chunks.filter { $0.id == "bext" }.flatMap { chunk($0.id, $0.content) }
        let rest = riffChunks(frames, peaks).flatMap { chunk($0.id, $0.content) }
        let size = 4 + (hasRoom ? 36 : 0) + first.count + rest.count + 8 + count + count % 2
        let isLong = format.container == .rf64 || size > 0xFFFF_FFFF
        let sizes = little(size, 8) + little(count, 8) + little(frames, 8) + little(0)
        let room = hasRoom ? chunk(isLong ? "ds64" : "JUNK", isLong ? sizes : [UInt8](repeating: 0, count: 28)) : []
        return Array((isLong ? "RF64" : "RIFF").utf8) + little(isLong ? 0xFFFF_FFFF : size) + Array("WAVE".utf8) + room
            + first + rest + Array("data".utf8) + little(isLong ? 0xFFFF_FFFF : count)
    }

    /// libsndfile finds no samples in RF64 behind a chunk of an odd size: those whose content may be longer are made even.
    private static func even(_ content: [UInt8], _ id: String) -> [UInt8] {
        guard content.count % 2 == 1 else { return content }
        switch id {
        case "bext", "cart", "id3 ", "ID3 ", "LIST": return content + [0]
        case "iXML", "axml", "_PMX": return content + [0x0A]
        default: return content
        }
    }

    /// All chunks before the samples but the broadcast data.
    private func riffChunks(_ frames: Int, _ peaks: [Peak]) -> [Metadata.Block] {
        var result = [Metadata.Block(id: "fmt ", content: waveFormat)]
        if format.encoding.samples != .integers(bits: 8 * (format.encoding.bytesPerSample ?? 0)) {
            result.append(Metadata.Block(id: "fact", content: little(min(frames, 0xFFFF_FFFF))))
        }
        if hasPeaks {
            let content = peaks.flatMap { little(Int($0.value.bitPattern)) + little($0.frame) }
            result.append(Metadata.Block(id: "PEAK", content: little(1) + little(0) + content))
        }
        return result + chunks.filter { $0.id != "bext" }
    }

    /// The WAVEFORMATEX of the samples; for more than two channels, and for channels with unusual places, extended.
    private var waveFormat: [UInt8] {
        let tag = [AudioEncoding.float32: 3, .float64: 3, .aLaw: 6, .muLaw: 7][format.encoding] ?? 1
        let bits = 8 * (format.encoding.bytesPerSample ?? 0)
        let isExtended = format.channels > 2 || layout.map { $0 != ChannelLayout.usual(format.channels) } ?? false
        var bytes: [UInt8] = little(isExtended ? 0xFFFE : tag, 2) + little(format.channels, 2)
        bytes += little(format.rate)
        bytes += little(format.rate * frameBytes)
        bytes += little(frameBytes, 2) + little(bits, 2)
        if isExtended {
            bytes += little(22, 2) + little(bits, 2)
            bytes += little(Int(layout?.mask ?? 0)) + little(tag, 2)
            bytes += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
        } else if tag == 6 || tag == 7 {
            bytes += little(0, 2)
        }
        return bytes
    }

    /// Sony's Wave64: names of 16 bytes, and sizes of 8 that count the chunk's head.
    private func wave64(_ frames: Int, _ peaks: [Peak]) -> [UInt8] {
        let (forms, rest) = ChunkedFile.wave64Names
        func chunk(_ id: String, _ content: [UInt8]) -> [UInt8] {
            let name = id.utf8.count == 4 ? (id == "LIST" ? Array("list".utf8) + forms : Array(id.utf8) + rest) : nil
            return (name ?? id.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
                + little(24 + content.count, 8) + content
                + [UInt8](repeating: 0, count: (8 - content.count % 8) % 8)
        }
        let count = frames * frameBytes
        let before =
            Array("wave".utf8) + rest
            + (riffChunks(frames, peaks) + chunks.filter { $0.id == "bext" }).flatMap { chunk($0.id, $0.content) }
            + Array("data".utf8) + rest + little(24 + count, 8)
        let size = 24 + before.count + (count + 7) / 8 * 8
        return Array("riff".utf8) + forms + little(size, 8) + before
    }

    // MARK: AIFF, AU, CAF

    private func big(_ value: Int, _ count: Int = 4) -> [UInt8] { [UInt8](big: value, count) }

    private func aiff(_ frames: Int, _ peaks: [Peak]) -> [UInt8] {
        func chunk(_ id: String, _ content: [UInt8]) -> [UInt8] {
            Array(id.utf8) + big(content.count) + content + (content.count % 2 == 1 ? [0] : [])
        }
        let kinds: [AudioEncoding: String] = [
            .float32: "fl32", .float64: "fl64", .aLaw: "alaw", .muLaw: "ulaw", .pcmU8: "raw ",
        ]
        let kind = kinds[format.encoding]
        let count = frames * frameBytes
        var common = big(format.channels, 2) + big(frames) + big(8 * (format.encoding.bytesPerSample ?? 0), 2)
        common += Self.extended(format.rate)
        if let kind { common += Array(kind.utf8) + [0, 0] }
        var body = Array((kind == nil ? "AIFF" : "AIFC").utf8)
        if kind != nil { body += chunk("FVER", big(0xA280_5140)) }
        body += chunk("COMM", common)
        if let layout, format.channels > 2 { body += chunk("CHAN", CoreAudioLayout.bytes(layout)) }
        if hasPeaks {
            body += chunk("PEAK", big(1) + big(0) + peaks.flatMap { big(Int($0.value.bitPattern)) + big($0.frame) })
        }
        body += chunks.flatMap { chunk($0.id, $0.content) }
        body += Array("SSND".utf8) + big(8 + count) + big(0) + big(0)
        return Array("FORM".utf8) + big(body.count + count + count % 2) + body
    }

    /// An integer as the 80-bit floating-point number that AIFF has for the rate.
    private static func extended(_ value: Int) -> [UInt8] {
        let shift = value.leadingZeroBitCount
        return [UInt8](big: 16_383 + 63 - shift, 2) + [UInt8](big: UInt64(value) << UInt64(shift), 8)
    }

    private func au(_ frames: Int) -> [UInt8] {
        let codes: [AudioEncoding: Int] = [
            .muLaw: 1, .pcmS8: 2, .pcm16: 3, .pcm24: 4, .pcm32: 5, .float32: 6, .float64: 7, .aLaw: 27,
        ]
        var text = chunks.first?.content ?? []
        if !text.isEmpty { text += [UInt8](repeating: 0, count: 8 - text.count % 8) }
        let count = frames * frameBytes
        return Array(".snd".utf8) + big(24 + text.count) + big(min(count, 0xFFFF_FFFF))
            + big(codes[format.encoding] ?? 0)
            + big(format.rate) + big(format.channels) + text
    }

    private func caf(_ frames: Int) -> [UInt8] {
        func chunk(_ id: String, _ content: [UInt8]) -> [UInt8] { Array(id.utf8) + big(content.count, 8) + content }
        let kinds: [AudioEncoding: String] = [.aLaw: "alaw", .muLaw: "ulaw"]
        let isFloat = format.encoding == .float32 || format.encoding == .float64
        var description = big(Int(Double(format.rate).bitPattern), 8) + Array((kinds[format.encoding] ?? "lpcm").utf8)
        description += big(isFloat ? 1 : 0) + big(frameBytes) + big(1) + big(format.channels)
        description += big(8 * (format.encoding.bytesPerSample ?? 0))
        var bytes = Array("caff".utf8) + big(1, 2) + big(0, 2) + chunk("desc", description)
        if let layout { bytes += chunk("chan", CoreAudioLayout.bytes(layout)) }
        bytes += chunks.flatMap { chunk($0.id, $0.content) }
        return bytes + Array("data".utf8) + big(4 + frames * frameBytes, 8) + big(0)
    }
}
