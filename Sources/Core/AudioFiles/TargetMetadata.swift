/// What of a source's metadata goes into a new file, in the form that its container has, and what does not.
struct TargetMetadata {
    /// Of WAV, AIFF, CAF and their kin.
    private(set) var chunks: [Metadata.Block] = []
    /// Of FLAC, Vorbis and Opus; nil for none.
    private(set) var comments: Metadata?
    /// Before and after the packets of an MP3 file.
    private(set) var head: [UInt8] = []
    private(set) var tail: [UInt8] = []
    let hasPeaks: Bool
    /// What the new file does not hold, in the user's words.
    private(set) var dropped: [String] = []
    /// What the user should know, one sentence each.
    private(set) var notes: [String] = []

    /// Of a sound that is made anew.
    init() { hasPeaks = false }

    /// - Parameters:
    ///   - source: what is said beside a sound of a rate.
    ///   - frames: of the new sound, as far as that is known.
    ///   - isWhole: whether no part of the sound is as it was.
    ///   - mark: what is to be said about parts that a machine made.
    init(
        _ source: Metadata, rate: Int, for format: AudioFormat, frames: Int, isWhole: Bool, mark: SynthesisMark? = nil
    ) {
        var metadata = source
        let ratio = Double(format.rate) / Double(rate)
        if isWhole, metadata.hasLoudness { metadata = Self.withoutLoudness(metadata, rate, &notes) }
        hasPeaks = metadata.hasPeaks && [.float32, .float64].contains(format.encoding)
        let family = Self.family(of: format.container)
        if metadata.family != family { dropped = metadata.special }
        dropped += metadata.stale.map { "the chunk \u{201C}\($0)\u{201D}, which is true of the old samples only" }
        dropped += metadata.outside
        if family == .riff || family == .aiff, metadata.family != family {
            let all = metadata.cues.count
            metadata.cues.removeAll { Double($0.position + $0.length) * ratio > 0xFFFF_FFFF }
            let lost = all - metadata.cues.count
            if lost > 0 { dropped.append("\(lost) cue\(lost == 1 ? "" : "s") beyond 32 bits") }
        }
        let scaled = metadata.scaled(by: ratio)
        switch family {
        case .riff:
            chunks = RIFFMetadata.chunks(
                metadata, rate: format.rate, frames: frames, ratio: ratio, isWhole: isWhole)
        case .aiff:
            let (chunks, lost) = AIFFMetadata.chunks(metadata, rate: format.rate, frames: frames, ratio: ratio)
            self.chunks = chunks
            dropped += lost
        case .caf:
            let (chunks, lost) = CoreAudioMetadata.chunks(metadata, ratio: ratio)
            self.chunks = chunks
            dropped += lost
        case .au:
            let (text, lost) = AUText.bytes(metadata)
            chunks = text.isEmpty ? [] : [Metadata.Block(id: "text", content: text)]
            dropped += lost
        case .flac, .ogg:
            var words = scaled
            words.pictures.removeAll { $0.data.count > 0xFF_0000 }
            if words.pictures.count < scaled.pictures.count { dropped.append("pictures of more than 16 MB") }
            comments = words
            dropped += VorbisComment.dropped(metadata)
            // A CD's cue sheet counts samples.
            if family == .flac, metadata.family == .flac, ratio != 1 {
                comments?.blocks.removeAll { $0.id == "5" }
                dropped += metadata.special.filter { $0 == "a CD's cue sheet" }
            }
        case .mpeg where metadata.family == .mpeg && ratio == 1:
            head = metadata.blocks.filter { $0.id == "head" }.flatMap(\.content)
            tail = metadata.blocks.filter { $0.id == "tail" }.flatMap(\.content)
        case .mpeg:
            head = ID3Tag.bytes(scaled, rate: format.rate, frames: frames)
            dropped += ID3Tag.dropped(metadata)
            if metadata.family == .mpeg { dropped += metadata.special }
        case nil: break
        }
        if let mark, let family { add(mark, to: metadata, family, format, frames: frames) }
    }

    private mutating func add(
        _ mark: SynthesisMark, to metadata: Metadata, _ family: Metadata.Family, _ format: AudioFormat, frames: Int
    ) {
        switch family {
        case .flac, .ogg: comments?.add(mark)
        case .mpeg:
            if let marked = ID3Tag.marked(head, mark, after: metadata.marks.count) {
                head = marked
            } else {
                // Where there is a tag of this kind players look at no other: it has all that the others say.
                var words = metadata
                words.add(mark)
                head = ID3Tag.bytes(words, rate: format.rate, frames: frames) + head
            }
        case .riff, .aiff, .caf, .au:
            chunks = MarkedBlocks(mark, in: chunks, family, format).applied(to: chunks)
        }
    }

    private static func family(of container: AudioContainer) -> Metadata.Family? {
        switch container {
        case .wav, .rf64, .w64: .riff
        case .aiff: .aiff
        case .caf: .caf
        case .au: .au
        case .flac: .flac
        case .ogg: .ogg
        case .mp3: .mpeg
        default: nil
        }
    }

    /// Without the fields that say how loud the whole sound was.
    private static func withoutLoudness(_ metadata: Metadata, _ rate: Int, _ notes: inout [String]) -> Metadata {
        var metadata = metadata
        metadata.fields.removeAll { Metadata.isLoudness($0.name) }
        notes.append("ReplayGain was left out, as the sound is another now.")
        switch metadata.family {
        case .riff, .aiff:
            for index in metadata.blocks.indices where metadata.blocks[index].id.lowercased() == "id3 " {
                var tag = ID3Tag.read(metadata.blocks[index].content, rate: rate)
                tag.fields.removeAll { Metadata.isLoudness($0.name) }
                metadata.blocks[index].content = ID3Tag.bytes(tag, rate: rate, frames: 0)
            }
        case .flac, .ogg, nil: break
        // A tag that is copied as it is would keep them.
        case .mpeg, .caf, .au: metadata.family = nil
        }
        return metadata
    }
}
