internal import Foundation

/// A sound that is read where it is asked for: a file, or samples in memory.
public protocol SoundSource: Sendable {
    /// The number of frames in a second.
    var rate: Int { get }
    /// The number of channels.
    var channelCount: Int { get }
    /// The number of samples in each channel.
    var frames: Int { get }
    /// What the sound is called in messages.
    var label: String { get }
    /// What the user should know about the sound, one sentence each.
    var notes: [String] { get }

    /// Reads some of the frames.
    /// - Parameter frames: the frames, within `0..<frames` of the sound.
    /// - Returns: the samples, planar: `result[channel][frame]`, nominally within -1...1.
    /// - Throws: what reading throws, such as `AudioError` for a file that cannot be read or samples that are not
    ///   finite.
    func read(frames: Range<Int>) throws -> [[Float]]

    /// The SHA-256 of the content, in 64 hexadecimal digits.
    /// - Throws: what reading throws.
    func contentHash() throws -> String
}

extension SoundSource {
    /// There is nothing to know, unless the sound says so.
    public var notes: [String] { [] }

    /// The length in seconds.
    public var duration: Double { Double(frames) / Double(rate) }

    /// The number of frames that are read at once where a whole sound passes through.
    static var blockFrames: Int { 1 << 15 }
}

extension AudioFile: SoundSource {
    /// The path of the file, or what else it is called in messages.
    public var label: String { name }

    /// The number of channels.
    public var channelCount: Int { channels }

    /// The SHA-256 of the whole file, its tags among it, in 64 hexadecimal digits.
    /// - Throws: what reading the file throws.
    public func contentHash() throws -> String {
        var hash = ContentHash()
        for start in stride(from: 0, to: bytes.size, by: 1 << 20) { hash.add(bytes.read(1 << 20, at: start)) }
        try bytes.check()
        return hash.text
    }
}

extension Waveform: SoundSource {
    /// What the sound is called in messages: it has no name of its own.
    public var label: String { "the sound" }
    /// The number of channels.
    public var channelCount: Int { channels.count }

    /// The SHA-256 of the rate, the number of channels and the samples, channel by channel, in 64 hexadecimal digits.
    public func contentHash() -> String {
        var hash = ContentHash()
        hash.add(Data("\(rate)\n\(channels.count)\n".utf8))
        for samples in channels {
            hash.add(
                samples.flatMap { sample in (0..<4).map { UInt8(truncatingIfNeeded: sample.bitPattern >> (8 * $0)) } })
        }
        return hash.text
    }

    /// Copies some of the frames.
    /// - Parameter range: the frames, within `0..<frames`.
    /// - Returns: the samples, planar: `result[channel][frame]`.
    /// - Throws: `AudioError.notFinite` where a sample is NaN or infinite, `immense` where it is no sound.
    public func read(frames range: Range<Int>) throws -> [[Float]] {
        let result = channels.map { Array($0[range]) }
        try AudioError.check(result, from: range.lowerBound, rate: rate, file: label)
        return result
    }
}
