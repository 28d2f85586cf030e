internal import CSndfile
internal import Foundation

/// Puts samples into a file that is being written.
class SampleEncoder {
    /// Interleaved samples; integers at the top of 32 bits.
    enum Samples {
        case integers([Int32])
        case floats([Float])
        case doubles([Double])

        var count: Int {
            switch self {
            case .integers(let samples): samples.count
            case .floats(let samples): samples.count
            case .doubles(let samples): samples.count
            }
        }
    }

    func write(_ samples: Samples) throws {}
    /// Completes the file's bytes.
    func finish() throws {}
}

/// Writes samples as they are, with a head of our own: libsndfile's would have no place for half of what people keep in it.
final class PlainEncoder: SampleEncoder {
    private let output: OutputFile
    private let container: PlainContainer
    private let channels: Int
    private let bytes: SampleBytes
    private let start: Int
    private var frames = 0
    private var peaks: [PlainContainer.Peak]

    init(
        _ output: OutputFile, _ format: AudioFormat, _ layout: ChannelLayout?, _ metadata: TargetMetadata, frames: Int?
    ) throws {
        self.output = output
        channels = format.channels
        let size = Double(frames ?? 0) / Double(format.rate) * (format.bytesPerSecond ?? 0)
        container = PlainContainer(
            format: format, layout: layout, chunks: metadata.chunks, hasPeaks: metadata.hasPeaks,
            mayGrow: format.container == .wav && size > 0x7FFF_0000)
        bytes = SampleBytes(format.encoding, bigEndian: container.isBigEndian)
        peaks = [PlainContainer.Peak](repeating: PlainContainer.Peak(), count: channels)
        let head = container.head(frames: 0, peaks: peaks)
        start = head.count
        try output.write(head[...], at: 0)
    }

    override func write(_ samples: Samples) throws {
        if container.hasPeaks { findPeaks(samples) }
        let block = bytes.bytes(samples)
        try output.write(block[...], at: start + frames * bytes.width * channels)
        frames += samples.count / channels
        if frames > container.longest {
            throw AudioError.tooLong(file: output.name, container: "\(container.format.container)")
        }
    }

    private func findPeaks(_ samples: Samples) {
        func note(_ value: Float, _ index: Int) {
            let channel = index % channels
            if abs(value) > peaks[channel].value {
                peaks[channel] = PlainContainer.Peak(value: abs(value), frame: frames + index / channels)
            }
        }
        switch samples {
        case .integers(let samples): for (index, value) in samples.enumerated() { note(Float(value) / 0x1p31, index) }
        case .floats(let samples): for (index, value) in samples.enumerated() { note(value, index) }
        case .doubles(let samples): for (index, value) in samples.enumerated() { note(Float(value), index) }
        }
    }

    override func finish() throws {
        try output.write(container.tail(frames: frames)[...], at: start + frames * bytes.width * channels)
        try output.write(container.head(frames: frames, peaks: peaks)[...], at: 0)
    }
}

/// Lets libsndfile encode FLAC, Vorbis, Opus and MP3, and puts what it has no place for around and between its bytes.
final class CodecEncoder: SampleEncoder {
    private let output: OutputFile
    private let handle: SoundHandle
    private let stream: WritingStream
    private let channels: Int
    private let flac: FLACHead?
    private let tail: [UInt8]
    /// Of Opus, nil of others.
    private let opusRate: Int?
    private var frames = 0

    init(_ output: OutputFile, _ format: AudioFormat, _ layout: ChannelLayout?, _ metadata: TargetMetadata) throws {
        self.output = output
        channels = format.channels
        flac = format.container == .flac ? FLACHead(metadata.comments, layout, rate: format.rate) : nil
        tail = metadata.tail
        opusRate = format.encoding == .opus ? format.rate : nil
        if format.container == .ogg {
            stream = OggRewriter(
                output,
                comment: metadata.comments.map { comments in
                    { VorbisComment.bytes(comments, vendor: $0, rate: format.rate, pictures: true, layout: nil) }
                })
        } else {
            stream = WritingStream(output, from: flac?.room ?? metadata.head.count)
            try output.write(metadata.head[...], at: 0)
        }
        var info = SF_INFO()
        info.samplerate = Int32(clamping: format.rate)
        info.channels = Int32(clamping: format.channels)
        info.format = format.container.code | format.encoding.code
        do throws(OpenFailure) {
            handle = try SoundHandle(writing: stream, info)
        } catch {
            throw stream.failure ?? AudioError.unwritable(file: output.name, reason: error.reason)
        }
        handle.setQuality(0.8)
        if format.encoding == .opus, channels > 2, let layout { handle.setVorbisOrder(layout) }
    }

    override func write(_ samples: Samples) throws {
        let written =
            switch samples {
            case .integers(let samples): handle.write(samples)
            case .floats(let samples): handle.write(samples)
            case .doubles(let samples): handle.write(samples)
            }
        if let failure = stream.failure { throw failure }
        guard written == samples.count / channels else {
            throw AudioError.unwritable(file: output.name, reason: handle.failure ?? "the encoder takes no more")
        }
        frames += written
    }

    override func finish() throws {
        // libsndfile keeps what lies within the encoder's delay, the last 6 ms, unless more is written after it.
        if let opusRate, let pages = stream as? OggRewriter {
            let length = frames
            try write(.floats([Float](repeating: 0, count: opusRate / 25 * channels)))
            pages.endOpus(after: length, rate: opusRate)
        }
        let failure = handle.close()
        if let failure = stream.failure { throw failure }
        if let failure { throw AudioError.unwritable(file: output.name, reason: failure) }
        try flac?.write(to: output)
        try output.append(tail)
    }
}

/// The head of a FLAC file, with blocks of our own in the place of the encoder's.
struct FLACHead {
    private let blocks: [UInt8]

    /// Nil where there is nothing to be said.
    init?(_ metadata: Metadata?, _ layout: ChannelLayout?, rate: Int) {
        let named = layout.flatMap { $0.speakers.count > 2 || $0 != ChannelLayout.usual($0.speakers.count) ? $0 : nil }
        guard metadata != nil || named != nil else { return nil }
        let metadata = metadata ?? Metadata()
        let comments = VorbisComment.bytes(
            metadata, vendor: "Retouch, with libFLAC", rate: rate, pictures: false, layout: named)
        var blocks = [(4, comments)] + metadata.pictures.map { (6, FLACPicture.bytes($0)) }
        if metadata.family == .flac {
            blocks += metadata.blocks.compactMap { block in Int(block.id).map { ($0, block.content) } }
        }
        self.blocks = blocks.flatMap { [UInt8(truncatingIfNeeded: $0.0)] + [UInt8](big: $0.1.count, 3) + $0.1 }
    }

    /// How far the encoder's bytes are moved on, so that the blocks, and one that fills the rest, come before its frames.
    var room: Int { blocks.count + 4 }

    /// Replaces the encoder's head in a finished file.
    func write(to output: OutputFile) throws {
        var position = room + 4
        var description: [UInt8] = []
        while true {
            let head = try output.read(4, at: position)
            guard head.count == 4 else {
                throw AudioError.unwritable(file: output.name, reason: "the encoder gave no FLAC")
            }
            let size = Int(head[1...].bigEndian)
            if description.isEmpty { description = try output.read(size, at: position + 4) }
            position += 4 + size
            if head[0] & 0x80 != 0 { break }
        }
        let known = Array("fLaC".utf8) + [0, 0, 0, 34] + description + blocks
        let rest = position - known.count - 4
        let padding = [0x81] + [UInt8](big: rest, 3) + [UInt8](repeating: 0, count: rest)
        try output.write((known + padding)[...], at: 0)
    }
}
