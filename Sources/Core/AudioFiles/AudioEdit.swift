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
        case samples(AudioWriter, SoundDecoder)
    }
    private let way: Way
    private let source: AudioFile
    /// What of the source's bytes is replaced in a copy, beside its samples.
    private let splices: [ByteSplice]
    private let notes: [String]
    private var bytes: SampleBytes
    /// The first frame that was not yet passed.
    private var position = 0

    /// - Parameters:
    ///   - source: the file that is edited.
    ///   - url: the file to write; its extension chooses the container.
    ///   - encoding: nil for the source's, as `AudioFormat.output` has it.
    ///   - isWholeFile: whether all of the sound is replaced, so that what the file says about its loudness is no longer
    ///     true.
    ///   - mark: what the file shall say about the parts of it that a machine made; nil for nothing.
    ///   - overwrite: whether an existing file, the source among them, may be replaced.
    /// - Throws: `AudioError`; `CancellationError` in a cancelled task.
    public convenience init(
        of source: AudioFile, to url: URL, encoding: AudioEncoding? = nil, isWholeFile: Bool = false,
        mark: SynthesisMark? = nil, overwrite: Bool
    ) throws {
        try self.init(
            of: source, to: OutputTarget(url: url, overwrite: overwrite), encoding: encoding, isWholeFile: isWholeFile,
            mark: mark)
    }

    init(
        of source: AudioFile, to target: OutputTarget, encoding: AudioEncoding?, isWholeFile: Bool,
        mark: SynthesisMark?
    ) throws {
        self.source = source
        format = try .output(
            for: target.url, source: source.format, encoding: encoding, rate: source.rate, channels: source.channels)
        let hasLoudness = isWholeFile && source.metadata.hasLoudness
        if format == source.format, !hasLoudness,
            let (offset, isBigEndian) = try source.verifiedOffset(isMarked: mark != nil)
        {
            bytes = SampleBytes(format.encoding, bigEndian: isBigEndian)
            let output = try OutputFile(target, editing: source.url)
            let marking = mark.map { ChunkedFile(source.bytes)?.splices(for: $0, in: source.bytes, source.format) }
            splices = (marking ?? []) ?? []
            notes = marking == .some(nil) ? ["There is no room left in \(output.name) to say what was made."] : []
            try output.copy(source.bytes, splices)
            way = .bytes(output, offset: splices.place(of: offset))
        } else {
            bytes = SampleBytes(format.encoding, bigEndian: false)
            (splices, notes) = ([], [])
            let writer = try AudioWriter(
                target, format: format, frames: source.frames, source: source,
                described: (source.metadata, source.rate), layout: source.channelLayout, isWhole: isWholeFile,
                mark: mark)
            // A decoder that has not moved yet: in a lossy file a seek may leave traces.
            way = .samples(writer, source.decoder())
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

    private func copy(to end: Int, _ writer: AudioWriter, _ decoder: SoundDecoder) throws {
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
            try source.bytes.check()
            let notes = try renewChunks(of: output)
            try output.commit()
            return AudioWriteReport(
                format: format, frames: source.frames, isBitIdentical: true, clippedSamples: bytes.clipped, dropped: [],
                notes: source.notes + notes + self.notes + output.notes)
        case .samples(let writer, let decoder):
            try copy(to: source.frames, writer, decoder)
            return try writer.finish(isBitIdentical: format.encoding.holdsExactly(source.format.encoding))
        }
    }

    /// Brings up to date, or voids, what a copied file says about all of its samples.
    private func renewChunks(of output: OutputFile) throws -> [String] {
        guard position > 0, source.metadata.hasPeaks || !source.metadata.stale.isEmpty,
            let chunks = ChunkedFile(source.bytes)?.chunks
        else { return [] }
        for chunk in chunks where source.metadata.stale.contains(chunk.id) {
            // The name lies before the chunk's size; in W64 it is longer, and stands for what no program fills.
            if case .w64 = format.container { continue }
            try output.write(Array("JUNK".utf8)[...], at: splices.place(of: chunk.range.lowerBound) - 8)
        }
        if let chunk = chunks.first(where: { $0.id.uppercased() == "PEAK" }), case .bytes(_, let offset) = way {
            // After a version and a time, in CAF after a count of edits, a value and a frame for each channel.
            let isCAF = format.container == .caf
            let (head, frameBytes) = (isCAF ? 4 : 8, isCAF ? 8 : 4)
            guard chunk.range.count >= head + (4 + frameBytes) * format.channels else { return [] }
            let isBig = isCAF || format.container == .aiff
            for (channel, peak) in try peaks(in: output, from: offset).enumerated() {
                let words =
                    isBig
                    ? [UInt8](big: peak.value.bitPattern, 4) + [UInt8](big: peak.frame, frameBytes)
                    : [UInt8](little: peak.value.bitPattern, 4) + [UInt8](little: peak.frame, frameBytes)
                let start = splices.place(of: chunk.range.lowerBound)
                try output.write(words[...], at: start + head + (4 + frameBytes) * channel)
            }
        }
        return source.metadata.stale.map {
            "The chunk \u{201C}\($0)\u{201D} was voided, as it is true of the old samples only."
        }
    }

    /// The loudest sample of each channel of a finished copy.
    private func peaks(in output: OutputFile, from offset: Int) throws -> [PlainContainer.Peak] {
        var peaks = [PlainContainer.Peak](repeating: PlainContainer.Peak(), count: format.channels)
        let frameBytes = format.channels * bytes.width
        for start in stride(from: 0, to: source.frames, by: AudioFile.blockFrames) {
            try Task.checkCancellation()
            let count = min(AudioFile.blockFrames, source.frames - start)
            let block = try output.read(count * frameBytes, at: offset + start * frameBytes)
            for index in 0..<count * format.channels {
                let sample = block[index * bytes.width..<(index + 1) * bytes.width]
                let value = abs(bytes.value(bytes.bigEndian ? sample.bigEndian : sample.littleEndian))
                let channel = index % format.channels
                if value > peaks[channel].value {
                    peaks[channel] = PlainContainer.Peak(value: value, frame: start + index / format.channels)
                }
            }
        }
        return peaks
    }
}

extension AudioFile {
    /// The byte of the first sample and the order of a sample's bytes, if libsndfile agrees with the header as it was read
    /// here: the frames are as many as the bytes hold, and the bytes that libsndfile decodes first, in the middle and last
    /// are those at their places.
    /// - Parameter isMarked: whether something is to stand beside the samples that was not there.
    fileprivate func verifiedOffset(isMarked: Bool) throws -> (offset: Int, isBigEndian: Bool)? {
        // A mark stands after the samples, whose end has to be named; in AU it stands before them.
        guard let layout = samples, let width = format.encoding.bytesPerSample, !layout.isUnfinished,
            !isMarked || !layout.isOpen || format.container == .au,
            layout.promisedBytes == layout.foundBytes, layout.foundBytes / (width * channels) == frames,
            let handle = try? parts.first?.open() as? SoundHandle
        else { return nil }
        let frameBytes = width * channels
        for frame in [0, frames / 2, max(0, frames - 64)] {
            let count = min(64, frames - frame) * frameBytes
            guard handle.seek(to: frame),
                bytes.read(count, at: layout.offset + frame * frameBytes) == handle.readBytes(count)
            else { return nil }
        }
        return (layout.offset, handle.isSwapped)
    }
}
