internal import CSndfile
public import Foundation

/// A copy of a sound file in which some ranges of frames are replaced; all other samples are the source's, bit for bit.
///
/// Where container and encoding stay the same and each sample takes fixed bytes (WAV, RF64, W64, AIFF, AU, CAF of PCM,
/// float, A-law, mu-law), the file is copied byte for byte and the samples in the ranges are overwritten, so that
/// everything else in it is the same by construction. All others are decoded and encoded again, block by block.
/// Memory does not grow with the file. The result appears when `finish` is called, whole; before, and after any error,
/// there is nothing.
public final class AudioEdit {
    /// What is being written.
    public let format: AudioFormat

    private enum Way {
        /// The copied file, and the place of its first sample.
        case bytes(OutputFile, offset: Int)
        case samples(AudioWriter, SoundHandle)
    }
    private let way: Way
    private let source: AudioFile
    private var bytes: SampleBytes
    /// The first frame that was not yet passed.
    private var position = 0

    /// - Parameters:
    ///   - url: the file to write; its extension chooses the container.
    ///   - encoding: nil for the source's, as `AudioFormat.output` has it.
    ///   - overwrite: whether an existing file, the source among them, may be replaced.
    /// - Throws: `AudioError`; `CancellationError` in a cancelled task.
    public init(of source: AudioFile, to url: URL, encoding: AudioEncoding? = nil, overwrite: Bool) throws {
        self.source = source
        format = try .output(
            for: url, source: source.format, encoding: encoding, rate: source.rate, channels: source.channels)
        let decoder = try source.decoder()
        bytes = SampleBytes(format.encoding, bigEndian: decoder.isSwapped)
        if format == source.format, let offset = try source.verifiedOffset(decoder) {
            let output = try OutputFile(url, editing: source.url, overwrite: overwrite)
            try output.copy(FileBytes(FilePath(source.url), name: source.name))
            way = .bytes(output, offset: offset)
        } else {
            let writer = try AudioWriter(
                url, format: format, frames: source.frames, tagsOf: source, overwrite: overwrite)
            // A decoder that has not moved yet: in a lossy file a seek may leave traces.
            way = .samples(writer, try source.decoder())
        }
    }

    /// Replaces the frames from `frame` on by `channels[channel][frame]`. Calls go from the start of the file to its end.
    public func replace(from frame: Int, with channels: [[Float]]) throws {
        precondition(channels.count == format.channels, "\(channels.count) channels for \(format.channels)")
        let end = frame + (channels.first?.count ?? 0)
        precondition(frame >= position && end <= source.frames, "frames \(frame)..<\(end) after \(position)")
        switch way {
        case .bytes(let output, let offset):
            let frameBytes = format.channels * (format.encoding.bytesPerSample ?? 0)
            for start in stride(from: frame, to: end, by: AudioFile.blockFrames) {
                try Task.checkCancellation()
                let range = start - frame..<min(end, start + AudioFile.blockFrames) - frame
                let samples = bytes.bytes(try AudioWriter.interleaved(channels, range, name: output.name))
                try output.write(samples[...], at: offset + start * frameBytes)
            }
        case .samples(let writer, let decoder):
            try copy(to: frame, writer, decoder)
            try writer.write(channels)
            // Passed over by decoding, as a seek in a lossy file may shift what follows.
            var block: [Float] = []
            for start in stride(from: frame, to: end, by: AudioFile.blockFrames) {
                let count = min(AudioFile.blockFrames, end - start)
                guard decoder.read(count, into: &block) == count else {
                    throw source.damage(at: start, decoder.failure)
                }
            }
        }
        position = end
    }

    private func copy(to end: Int, _ writer: AudioWriter, _ decoder: SoundHandle) throws {
        while position < end {
            let count = min(AudioFile.blockFrames, end - position)
            let found = try writer.copy(count, from: decoder, source.format.encoding)
            position += found
            if found < count { throw source.damage(at: position, decoder.failure) }
        }
    }

    /// Completes the file and gives it its name.
    public func finish() throws -> AudioWriteReport {
        switch way {
        case .bytes(let output, _):
            try output.commit()
            return AudioWriteReport(
                format: format, frames: source.frames, isBitIdentical: true, clippedSamples: bytes.clipped)
        case .samples(let writer, let decoder):
            try copy(to: source.frames, writer, decoder)
            return try writer.finish(isBitIdentical: format.encoding.holdsExactly(source.format.encoding))
        }
    }
}

extension AudioFile {
    /// The byte of the first sample, if libsndfile agrees with the header as it was read here: the frames are as many as
    /// the bytes hold, and the bytes that libsndfile decodes first, in the middle and last are those at their places.
    fileprivate func verifiedOffset(_ decoder: SoundHandle) throws -> Int? {
        guard let layout, let width = format.encoding.bytesPerSample else { return nil }
        let frameBytes = width * channels
        guard layout.foundBytes / frameBytes == frames else { return nil }
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        for frame in [0, frames / 2, max(0, frames - 64)] {
            let count = min(64, frames - frame) * frameBytes
            guard decoder.seek(to: frame) else { return nil }
            try file.seek(toOffset: UInt64(layout.offset + frame * frameBytes))
            guard try [UInt8](file.read(upToCount: count) ?? Data()) == decoder.readBytes(count) else { return nil }
        }
        return layout.offset
    }
}
