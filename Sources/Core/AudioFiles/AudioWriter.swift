internal import CSndfile
public import Foundation

/// What came of writing a sound file.
public struct AudioWriteReport: Sendable, Equatable {
    public let format: AudioFormat
    public let frames: Int
    /// Whether every sample that was not edited decodes to the source's; never so in a lossy encoding.
    public let isBitIdentical: Bool
    /// Edited samples that were beyond the encoding's range and were held to it.
    public let clippedSamples: Int
}

/// Writes a new sound file block by block. It appears when `finish` is called, whole; before, and after any error,
/// there is nothing.
public final class AudioWriter {
    public let format: AudioFormat
    private let output: OutputFile
    private let handle: SoundHandle
    private let tagBlocks: TagBlocks?
    /// Whether the container counts its bytes with 32 bits.
    private let isLimited: Bool
    private var frames = 0
    private var bytes: SampleBytes

    /// - Parameters:
    ///   - frames: how many there will be, if known: a WAV file beyond 4 GB is written as RF64.
    ///   - source: the file whose tags and other data about the sound are taken over.
    ///   - overwrite: whether an existing file may be replaced.
    /// - Throws: `AudioError` for what cannot be made; `CancellationError` in a cancelled task.
    public init(
        _ url: URL, format: AudioFormat, frames: Int? = nil, tagsOf source: AudioFile? = nil, overwrite: Bool
    ) throws {
        self.format = format
        output = try OutputFile(url, editing: source?.url, overwrite: overwrite)
        var info = SF_INFO()
        info.samplerate = Int32(clamping: format.rate)
        info.channels = Int32(clamping: format.channels)
        let major = Self.major(of: format, frames: frames)
        isLimited = [.wav, .aiff].contains(format.container) && major != AudioContainer.rf64.code
        info.format = major | format.encoding.code
        switch SoundHandle.writing(output.descriptor, info) {
        case .success(let opened): handle = opened
        case .failure(let failure): throw AudioError.unwritable(file: url.relativePath, reason: failure.reason)
        }
        bytes = SampleBytes(format.encoding, bigEndian: false)
        tagBlocks = try source.flatMap { try TagBlocks(of: $0, for: format) }
        // A peak chunk holds the time of day: the same edit would not give the same file.
        handle.set(SFC_SET_ADD_PEAK_CHUNK, false)
        handle.set(SFC_RF64_AUTO_DOWNGRADE, format.container == .wav)
        handle.setQuality(0.8)
        if let source, tagBlocks == nil {
            try source.metadata().write(to: handle, format, ratio: Double(format.rate) / Double(source.rate))
        }
    }

    /// The most bytes that a container with 32-bit sizes holds, with room for its header.
    private static let longest = 0xFFFF_FFFF - 1 << 20

    private static func major(of format: AudioFormat, frames: Int?) -> Int32 {
        guard format.container == .wav else { return format.container.code }
        let size = Double(frames ?? 0) / Double(format.rate) * (format.bytesPerSecond ?? 0)
        if size > Double(longest) { return AudioContainer.rf64.code }
        // More than two channels need the extended header, which names their places.
        return format.channels > 2 ? 0x13_0000 : AudioContainer.wav.code
    }

    /// Writes the next samples, planar: `channels[channel][frame]`.
    public func write(_ channels: [[Float]]) throws {
        precondition(channels.count == format.channels, "\(channels.count) channels for \(format.channels)")
        for start in stride(from: 0, to: channels[0].count, by: AudioFile.blockFrames) {
            let end = min(channels[0].count, start + AudioFile.blockFrames)
            let block = try Self.interleaved(channels, start..<end, name: output.name)
            if case .integers(let bits) = format.encoding.samples {
                try put(integers(block.lazy.map(Double.init), bits))
            } else {
                try put(block)
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
    func copy(_ count: Int, from source: SoundHandle, _ encoding: AudioEncoding) throws -> Int {
        let channels = format.channels
        switch (format.encoding.samples, encoding.samples) {
        case (.integers(let own), .integers(let theirs)):
            var block: [Int32] = []
            let found = source.read(count, into: &block)
            let samples = block[..<(found * channels)]
            if own >= theirs {
                try put(Array(samples))
            } else {
                try put(integers(samples.lazy.map { Double($0) / 0x1p31 }, own))
            }
            return found
        case (.integers(let own), _):
            var block: [Double] = []
            let found = source.read(count, into: &block)
            try put(integers(block[..<(found * channels)], own))
            return found
        case (.doubles, _):
            var block: [Double] = []
            let found = source.read(count, into: &block)
            try put(Array(block[..<(found * channels)]))
            return found
        default:
            var block: [Float] = []
            let found = source.read(count, into: &block)
            try put(Array(block[..<(found * channels)]))
            return found
        }
    }

    private func put(_ samples: [Int32]) throws { try check(samples.count, handle.write(samples)) }
    private func put(_ samples: [Float]) throws { try check(samples.count, handle.write(samples)) }
    private func put(_ samples: [Double]) throws { try check(samples.count, handle.write(samples)) }

    private func check(_ count: Int, _ written: Int) throws {
        let code = errno
        try Task.checkCancellation()
        guard written == count / format.channels else {
            if code == ENOSPC || code == EDQUOT { throw AudioError.diskFull(file: output.name) }
            throw AudioError.unwritable(file: output.name, reason: handle.failure ?? "the disk takes no more")
        }
        frames += written
        let size = Double(frames) / Double(format.rate) * (format.bytesPerSecond ?? 0)
        if isLimited, size > Double(Self.longest) {
            throw AudioError.tooLong(file: output.name, container: "\(format.container)")
        }
    }

    /// Completes the file and gives it its name.
    public func finish() throws -> AudioWriteReport { try finish(isBitIdentical: format.encoding.isLossless) }

    func finish(isBitIdentical: Bool) throws -> AudioWriteReport {
        errno = 0
        let failure = handle.close()
        if errno == ENOSPC || errno == EDQUOT { throw AudioError.diskFull(file: output.name) }
        if let failure { throw AudioError.unwritable(file: output.name, reason: failure) }
        try tagBlocks?.insert(into: output)
        try output.commit()
        return AudioWriteReport(
            format: format, frames: frames, isBitIdentical: isBitIdentical, clippedSamples: bytes.clipped)
    }
}
