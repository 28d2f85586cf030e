internal import CSndfile
public import Foundation

/// What came of writing a sound file.
public struct AudioWriteReport: Sendable, Equatable {
    /// The format of the file.
    public let format: AudioFormat
    /// How many frames were written.
    public let frames: Int
    /// Whether every sample that was not edited decodes to the source's; never so in a lossy encoding.
    public let isBitIdentical: Bool
    /// Edited samples that were beyond the encoding's range and were held to it.
    public let clippedSamples: Int
    /// What the source said beside its samples and the new file cannot hold, a few words each: "the notes of cues".
    public let dropped: [String]
    /// What else the user should know, one sentence each.
    public let notes: [String]
}

/// Writes a new sound file block by block. It appears when `finish` is called, whole; before, and after any error,
/// there is nothing.
public final class AudioWriter {
    /// The format of the file.
    public let format: AudioFormat
    private let output: OutputFile
    private let encoder: SampleEncoder
    private let source: AudioFile?
    private let order: ChannelOrder
    private let metadata: TargetMetadata
    private var frames = 0
    private var bytes: SampleBytes

    /// - Parameters:
    ///   - url: the file to write.
    ///   - format: its format.
    ///   - frames: how many there will be, if known: a WAV file beyond 4 GB is written as RF64.
    ///   - source: the file that the sound is made of, whose tags, layout and other data are taken over. What says how
    ///     loud it is as a whole is not.
    ///   - layout: where the channels belong, for a sound without a source.
    ///   - overwrite: whether an existing file may be replaced.
    /// - Throws: `AudioError` for what cannot be made; `CancellationError` in a cancelled task.
    public convenience init(
        _ url: URL, format: AudioFormat, frames: Int? = nil, tagsOf source: AudioFile? = nil,
        layout: ChannelLayout? = nil, overwrite: Bool
    ) throws {
        try self.init(
            OutputTarget(url: url, overwrite: overwrite), format: format, frames: frames, source: source,
            described: source.map { ($0.metadata, $0.rate) }, layout: source?.channelLayout ?? layout, isWhole: true)
    }

    /// - Parameters:
    ///   - described: what is to be said beside the sound, with the rate at which that counts its places.
    ///   - isWhole: whether no part of the source stays as it is.
    ///   - mark: what is to be said about parts that a machine made.
    init(
        _ target: OutputTarget, format: AudioFormat, frames: Int?, source: AudioFile?,
        described: (metadata: Metadata, rate: Int)?, layout: ChannelLayout?, isWhole: Bool, mark: SynthesisMark? = nil
    ) throws {
        self.format = format
        self.source = source
        order = try ChannelOrder(layout, for: format, name: FilePath.readable(target.url.relativePath))
        metadata =
            (described ?? mark.map { _ in (Metadata(), format.rate) }).map {
                TargetMetadata(
                    $0.metadata, rate: $0.rate, for: format, frames: frames ?? 0, isWhole: isWhole, mark: mark)
            } ?? TargetMetadata()
        output = try OutputFile(target, editing: source?.url)
        bytes = SampleBytes(format.encoding, bigEndian: false)
        encoder =
            PlainContainer.all.contains(format.container)
            ? try PlainEncoder(output, format, order.layout, metadata, frames: frames)
            : try CodecEncoder(output, format, order.layout, metadata)
    }

    /// Writes the next samples, planar: `channels[channel][frame]`, in the source's order.
    public func write(_ channels: [[Float]]) throws {
        precondition(channels.count == format.channels, "\(channels.count) channels for \(format.channels)")
        let channels = order.sources.map { channels[$0] }
        for start in stride(from: 0, to: channels[0].count, by: AudioFile.blockFrames) {
            let end = min(channels[0].count, start + AudioFile.blockFrames)
            let block = try Self.interleaved(channels, start..<end, name: output.name)
            if case .integers(let bits) = format.encoding.samples {
                try put(.integers(integers(block.lazy.map(Double.init), bits)))
            } else {
                try put(.floats(block))
            }
        }
    }

    /// Interleaves some frames; NaN and infinity have no place in a file.
    static func interleaved(_ channels: [[Float]], _ range: Range<Int>, name: String) throws(AudioError) -> [Float] {
        var result = [Float](repeating: 0, count: range.count * channels.count)
        for (channel, samples) in channels.enumerated() {
            for frame in range {
                guard samples[frame].isFinite else { throw .notFiniteResult(file: name) }
                result[(frame - range.lowerBound) * channels.count + channel] = samples[frame]
            }
        }
        return result
    }

    private func integers(_ samples: some Sequence<Double>, _ bits: Int) -> [Int32] {
        samples.map { bytes.integer($0, bits: bits) << Int32(32 - bits) }
    }

    /// Copies `count` frames from a file that is being decoded, without a change where the encoding allows it.
    /// - Returns: how many there were.
    func copy(_ count: Int, from source: SoundDecoder, _ encoding: AudioEncoding) throws -> Int {
        switch (format.encoding.samples, encoding.samples) {
        case (.integers(let own), .integers(let theirs)):
            var block: [Int32] = []
            let found = source.read(count, into: &block)
            let samples = reordered(block, found)
            try put(.integers(own >= theirs ? samples : integers(samples.lazy.map { Double($0) / 0x1p31 }, own)))
            return found
        case (.integers(let own), _):
            var block: [Double] = []
            let found = source.read(count, into: &block)
            try put(.integers(integers(reordered(block, found), own)))
            return found
        case (.doubles, _):
            var block: [Double] = []
            let found = source.read(count, into: &block)
            try put(.doubles(reordered(block, found)))
            return found
        default:
            var block: [Float] = []
            let found = source.read(count, into: &block)
            try put(.floats(reordered(block, found)))
            return found
        }
    }

    /// The first `frames` frames of a block with its channels where they belong.
    private func reordered<Sample>(_ block: [Sample], _ frames: Int) -> [Sample] {
        let count = format.channels
        if order.isIdentity { return Array(block[..<(frames * count)]) }
        return (0..<frames * count).map { block[$0 / count * count + order.sources[$0 % count]] }
    }

    private func put(_ samples: SampleEncoder.Samples) throws {
        try Task.checkCancellation()
        try encoder.write(samples)
        frames += samples.count / format.channels
    }

    /// Completes the file and gives it its name.
    public func finish() throws -> AudioWriteReport { try finish(isBitIdentical: format.encoding.isLossless) }

    func finish(isBitIdentical: Bool) throws -> AudioWriteReport {
        if frames == 0 { throw AudioError.emptyResult(file: output.name) }
        try encoder.finish()
        try source?.bytes.check()
        try output.commit()
        return AudioWriteReport(
            format: format, frames: frames, isBitIdentical: isBitIdentical, clippedSamples: bytes.clipped,
            dropped: metadata.dropped, notes: (source?.notes ?? []) + metadata.notes + output.notes)
    }
}
