internal import Foundation

/// A sound that is read where it is asked for: a file, or samples in memory.
public protocol SoundSource: Sendable {
    /// Frames per second.
    var rate: Int { get }
    var channelCount: Int { get }
    /// Samples in each channel.
    var frames: Int { get }
    /// What the sound is called in messages.
    var label: String { get }
    /// What the user should know about the sound, one sentence each.
    var notes: [String] { get }

    /// The samples of some frames, planar: `result[channel][frame]`, nominally within -1...1.
    func read(frames: Range<Int>) throws -> [[Float]]

    /// The SHA-256 of the content, in 64 hexadecimal digits.
    func contentHash() throws -> String
}

extension SoundSource {
    public var notes: [String] { [] }

    /// Seconds.
    public var duration: Double { Double(frames) / Double(rate) }

    /// Frames that are read at once where a whole sound passes through.
    static var blockFrames: Int { 1 << 15 }
}

extension AudioFile: SoundSource {
    public var label: String { FilePath.readable(url.relativePath) }
    public var channelCount: Int { channels }

    /// Of the whole file, its tags among it.
    public func contentHash() throws -> String {
        var hash = ContentHash()
        try hash.add(contentsOf: url)
        return hash.text
    }
}

extension Waveform: SoundSource {
    public var label: String { "the sound" }
    public var channelCount: Int { channels.count }

    /// Of the rate, the number of channels and the samples, channel by channel.
    public func contentHash() -> String {
        var hash = ContentHash()
        hash.add(Data("\(rate)\n\(channels.count)\n".utf8))
        for samples in channels {
            hash.add(
                samples.flatMap { sample in (0..<4).map { UInt8(truncatingIfNeeded: sample.bitPattern >> (8 * $0)) } })
        }
        return hash.text
    }

    /// - Throws: `AudioError.notFinite` where a sample is NaN or infinite.
    public func read(frames range: Range<Int>) throws -> [[Float]] {
        let result = channels.map { Array($0[range]) }
        for (channel, samples) in result.enumerated() {
            if let frame = samples.firstIndex(where: { !$0.isFinite }) {
                throw AudioError.notFinite(
                    file: label, channel: channel, atSeconds: Double(range.lowerBound + frame) / Double(rate))
            }
        }
        return result
    }
}
