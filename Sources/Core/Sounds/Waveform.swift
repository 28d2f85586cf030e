/// Sound in memory: planar samples, nominally within -1...1, at one rate.
public struct Waveform: Sendable, Equatable {
    /// The samples by channel: `channels[channel][frame]`, all of one length.
    public var channels: [[Float]]
    /// The number of frames in a second.
    public let rate: Int

    /// A sound of given samples.
    /// - Parameters:
    ///   - channels: the samples, planar: `channels[channel][frame]`, all channels of one length, nominally within
    ///     -1...1.
    ///   - rate: the number of frames in a second, above 0.
    public init(channels: [[Float]], rate: Int) {
        precondition(rate > 0, "a waveform needs a positive rate")
        precondition(channels.allSatisfy { $0.count == channels[0].count }, "channels of different lengths")
        self.channels = channels
        self.rate = rate
    }

    /// The number of samples in each channel.
    public var frames: Int { channels.first?.count ?? 0 }
}
