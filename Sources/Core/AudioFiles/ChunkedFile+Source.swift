internal import Foundation

extension ChunkedFile {
    /// The file as a decoder is to see it: with a header that says nothing but how the samples lie, how many there are and
    /// where, whatever the file's own header promises, repeats or forgets.
    func source(_ file: FileBytes) -> VirtualFile {
        switch kind {
        case .riff(let bigEndian): riff(file, bigEndian: bigEndian)
        case .wave64: riff(file, bigEndian: false)
        case .aiff(let isCompressed): aiff(file, isCompressed: isCompressed)
        case .caf where samples.isOpen: caf(file)
        case .au where samples.isUnfinished: au(file)
        // Of some encodings libsndfile would take what follows for samples.
        case .au: VirtualFile(file, 0..<min(samples.end, file.size))
        case .caf: VirtualFile(file, 0..<file.size)
        }
    }

    /// With the size that says "to the end" where there is none: libsndfile takes 0 at its word.
    private func au(_ file: FileBytes) -> VirtualFile {
        var result = VirtualFile(file)
        result.append(0..<8)
        result.append([0xFF, 0xFF, 0xFF, 0xFF])
        result.append(12..<file.size)
        return result
    }

    /// With an end named: libsndfile refuses samples that go on to the end of the file.
    private func caf(_ file: FileBytes) -> VirtualFile {
        var result = VirtualFile(file)
        // Before the samples stand the chunk's size and the count of edits.
        result.append(0..<samples.offset - 12)
        result.append([UInt8](big: samples.foundBytes + 4, 8))
        result.append(samples.offset - 4..<samples.end)
        return result
    }

    private func riff(_ file: FileBytes, bigEndian: Bool) -> VirtualFile {
        func number(_ value: Int, _ count: Int = 4) -> [UInt8] {
            bigEndian ? [UInt8](big: value, count) : [UInt8](little: value, count)
        }
        func chunk(_ id: String) -> [UInt8] {
            guard let content = content(id, of: file) else { return [] }
            return Array(id.utf8) + number(content.count) + content + (content.count % 2 == 1 ? [0] : [])
        }
        let count = samples.foundBytes
        let isLong = count > 0xFFFF_0000
        let chunks = chunk("fmt ") + (isLong ? [] : chunk("fact"))
        let size = 4 + (isLong ? 36 : 0) + chunks.count + 8 + count
        var head = Array((isLong ? "RF64" : bigEndian ? "RIFX" : "RIFF").utf8) + number(isLong ? 0xFFFF_FFFF : size)
        head += Array("WAVE".utf8)
        if isLong {
            let frame = max(1, Int(blockBytes(file) ?? 1))
            head += Array("ds64".utf8) + number(28) + number(size, 8) + number(count, 8) + number(count / frame, 8)
            head += number(0)
        }
        var result = VirtualFile(file)
        result.append(head + chunks + Array("data".utf8) + number(isLong ? 0xFFFF_FFFF : count))
        result.append(samples.offset..<samples.end)
        if count % 2 == 1 { result.append([0]) }
        return result
    }

    private func aiff(_ file: FileBytes, isCompressed: Bool) -> VirtualFile {
        func chunk(_ id: String) -> [UInt8] {
            guard let content = content(id, of: file) else { return [] }
            return Array(id.utf8) + [UInt8](big: content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
        }
        let count = samples.foundBytes
        let chunks = chunk("FVER") + chunk("COMM")
        var result = VirtualFile(file)
        result.append(
            Array("FORM".utf8) + [UInt8](big: 4 + chunks.count + 16 + count + count % 2, 4)
                + Array((isCompressed ? "AIFC" : "AIFF").utf8) + chunks + Array("SSND".utf8)
                + [UInt8](big: 8 + count, 4) + [UInt8](repeating: 0, count: 8))
        result.append(samples.offset..<samples.end)
        if count % 2 == 1 { result.append([0]) }
        return result
    }

    private var isBigEndian: Bool { kind == .riff(bigEndian: true) }

    /// WAV's number for the encoding.
    private func formatTag(_ file: FileBytes) -> Int? {
        guard let format = content("fmt ", of: file), let tag = format.integer(at: 0, bytes: 2, bigEndian: isBigEndian)
        else { return nil }
        return tag == 0xFFFE ? format.integer(at: 24, bytes: 2, bigEndian: isBigEndian) : tag
    }

    /// What a file holds that libsndfile does not open.
    enum Encoding {
        /// What libsndfile should know: the file is damaged.
        case plain
        /// Numbers that lie in words of another size, of which programs do not agree where in them.
        case unusual(String)
        /// What ffmpeg may know.
        case coded(ForeignSound.Kind)
    }

    func encoding(_ file: FileBytes) -> Encoding {
        func coded(_ name: String, _ code: String, _ demuxer: String) -> Encoding {
            .coded(ForeignSound.Kind(name: "\(name) file with samples of the kind \(code)", demuxer: demuxer))
        }
        switch kind {
        case .riff, .wave64:
            guard let tag = formatTag(file), ![0, 1, 3, 6, 7].contains(tag) else { return .plain }
            let code = "0x" + String(tag, radix: 16)
            return kind == .wave64 ? coded("a W64", code, "w64") : coded("a \(container)", code, "wav")
        case .aiff(let isCompressed):
            guard isCompressed, let common = content("COMM", of: file), common.count >= 22 else { return .plain }
            let code = common[18..<22].latin1
            let isPlain = ["NONE", "twos", "sowt", "fl32", "FL32", "fl64", "FL64", "raw "].contains(code)
            return isPlain ? .plain : coded("an AIFF", code, "aiff")
        case .au(let isBig):
            guard let code = file.read(4, at: 12).integer(at: 0, bigEndian: isBig), (8...99).contains(code) else {
                return .plain
            }
            return coded("an AU", "\(code)", "au")
        case .caf:
            guard let head = content("desc", of: file), head.count >= 32 else { return .plain }
            let code = head[8..<12].latin1
            guard code == "lpcm" else { return coded("a CAF", code, "caf") }
            let (bytes, channels, bits) = (head[16..<20].bigEndian, head[24..<28].bigEndian, head[28..<32].bigEndian)
            guard channels > 0, bytes % channels == 0, bits > 0, bits != 8 * bytes / channels else { return .plain }
            return .unusual("\(bits) bits in \(bytes / channels) bytes each")
        }
    }

    /// The place of MPEG audio in a WAV file; nil where the samples are others.
    func mpegPackets(_ file: FileBytes) -> Range<Int>? {
        guard let tag = formatTag(file), tag == 0x55 || tag == 0x50 else { return nil }
        return samples.offset..<samples.end
    }

    /// Bytes of as many frames as AIFF names beside the samples, of plain numbers; nil elsewhere.
    func framedBytes(_ file: FileBytes) -> Int? {
        guard case .aiff = kind, let common = content("COMM", of: file), common.count >= 18 else { return nil }
        let isFixed = common.count < 22 || ["NONE", "twos", "sowt", "raw "].contains(common[18..<22].latin1)
        let (channels, frames, bits) = (
            Int(common[0..<2].bigEndian), Int(common[2..<6].bigEndian), Int(common[6..<8].bigEndian)
        )
        return isFixed ? frames * channels * ((bits + 7) / 8) : nil
    }

    /// Bytes that are decoded together.
    func blockBytes(_ file: FileBytes) -> Int? {
        content("fmt ", of: file)?.integer(at: 12, bytes: 2, bigEndian: isBigEndian)
    }

    /// At most so many frames are decoded together.
    func blockFrames(_ format: AudioFormat, _ file: FileBytes) -> Int {
        max(4096, 2 * (blockBytes(file) ?? 0) / max(1, format.channels))
    }

    /// Where the channels belong, if the file says so.
    func channelLayout(_ file: FileBytes, channels: Int) -> ChannelLayout? {
        switch kind {
        case .riff, .wave64:
            guard let format = content("fmt ", of: file),
                format.integer(at: 0, bytes: 2, bigEndian: isBigEndian) == 0xFFFE,
                let mask = format.integer(at: 20, bigEndian: isBigEndian)
            else { return channels <= 2 ? .usual(channels) : nil }
            return ChannelLayout(mask: UInt32(mask), channels: channels)
        case .aiff: return content("CHAN", of: file).flatMap { CoreAudioLayout.read($0, channels: channels) }
        case .caf:
            guard let place = content("chan", of: file) else { return nil }
            // FFmpeg before version 6 names Apple's layout of 7.1, in which the sides come first, and writes WAV's order.
            let isMisnamed =
                place.starts(with: [0, 0x80, 0, 8])
                && content("info", of: file)?.firstRange(of: Array("Lavf5".utf8)) != nil
            return isMisnamed ? .usual(channels) : CoreAudioLayout.read(place, channels: channels)
        case .au: return nil
        }
    }
}
