public import Foundation

/// A new sound file that holds another one's frames, bit for bit where its encoding allows it, and new ones before or after them.
public final class AudioJoin {
    /// What is being written.
    public let format: AudioFormat
    private let writer: AudioWriter
    private let decoder: SoundDecoder
    private let source: AudioFile
    /// The next frame of the source.
    private var position = 0

    /// - Parameters:
    ///   - source: the file whose frames are taken over.
    ///   - join: where they lie in the new one.
    ///   - url: the file to write; its extension chooses the container.
    ///   - encoding: nil for the source's, as `AudioFormat.output` has it.
    ///   - overwrite: whether an existing file, the source among them, may be replaced.
    /// - Throws: `AudioError`; `CancellationError` in a cancelled task.
    public convenience init(
        of source: AudioFile, _ join: SoundJoin, to url: URL, encoding: AudioEncoding? = nil, overwrite: Bool
    ) throws {
        try self.init(
            of: source, join, to: OutputTarget(url: url, overwrite: overwrite), encoding: encoding, mark: nil)
    }

    /// - Parameter mark: what the file shall say about the parts of it that a machine made; nil for nothing.
    init(
        of source: AudioFile, _ join: SoundJoin, to target: OutputTarget, encoding: AudioEncoding?,
        mark: SynthesisMark?
    ) throws {
        self.source = source
        format = try .output(
            for: target.url, source: source.format, encoding: encoding, rate: source.rate, channels: source.channels)
        writer = try AudioWriter(
            target, format: format, frames: join.frames, source: source,
            described: (source.metadata.joined(join, rate: source.rate), source.rate), layout: source.channelLayout,
            isWhole: true, mark: mark)
        decoder = source.decoder()
    }

    /// Writes new frames, `channels[channel][frame]`.
    public func write(_ channels: [[Float]]) throws { try writer.write(channels) }

    /// Takes over the source's next frames.
    public func keep(_ count: Int) throws {
        let end = position + count
        while position < end {
            let found = try writer.copy(
                min(AudioFile.blockFrames, end - position), from: decoder, source.format.encoding)
            guard found > 0 else { throw source.damage(at: position, decoder.failure) }
            position += found
        }
    }

    /// Completes the file and gives it its name.
    public func finish() throws -> AudioWriteReport {
        try writer.finish(isBitIdentical: format.encoding.holdsExactly(source.format.encoding))
    }
}

extension Metadata {
    /// The same for a sound that holds the old one: places move along, and those that lie in what is gone go.
    func joined(_ join: SoundJoin, rate: Int) -> Metadata {
        guard join.first != 0 || join.isLoop || cues.contains(where: { $0.position >= join.frames }) else {
            return self
        }
        var result = self
        result.cues = cues.filter { $0.position + join.first < join.frames }.map { cue in
            var cue = cue
            cue.position += join.first
            cue.length = min(cue.length, join.frames - cue.position)
            return cue
        }
        result.instrument?.loops = (instrument?.loops ?? []).map {
            Loop(first: $0.first + join.first, last: $0.last + join.first, direction: $0.direction)
        }
        if join.isLoop {
            result.instrument = Instrument(
                note: instrument?.note ?? 60, loops: [Loop(first: 0, last: join.frames - 1, direction: 0)])
        }
        if family == .riff {
            result.blocks = RIFFMetadata.placed(blocks, result, by: join.first, rate: rate)
        } else if family != .flac && family != .ogg {
            // The file's own pieces name the old places.
            result.family = nil
        }
        return result
    }
}
