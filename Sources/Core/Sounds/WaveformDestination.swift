internal import Synchronization

/// A place in memory for a sound: no file is touched.
public final class WaveformDestination: SoundDestination {
    private let result = Mutex<Waveform?>(nil)

    /// A destination that holds nothing yet.
    public init() {}

    /// The sound; nil before the edit is complete.
    public var waveform: Waveform? { result.withLock { $0 } }

    /// There is no name for a sound in memory: always nil.
    public var label: String? { nil }

    /// Opens a sink for an edited sound, whose frames are collected in memory.
    public func edited(_ source: any SoundSource, encoding: AudioEncoding?, keepsNothing: Bool) -> any SoundSink {
        Sink(self, rate: source.rate, channels: source.channelCount, source: source)
    }

    /// Opens a sink for a new sound, whose frames are collected in memory.
    public func new(
        rate: Int, channels: Int, frames: Int, from source: (any SoundSource)?, encoding: AudioEncoding?
    ) -> any SoundSink {
        Sink(self, rate: rate, channels: channels, source: nil)
    }

    private final class Sink: SoundSink {
        private let destination: WaveformDestination
        private let rate: Int
        private let source: (any SoundSource)?
        private var samples: [[Float]]

        init(_ destination: WaveformDestination, rate: Int, channels: Int, source: (any SoundSource)?) {
            self.destination = destination
            self.rate = rate
            self.source = source
            samples = [[Float]](repeating: [], count: channels)
        }

        func write(_ channels: [[Float]]) {
            precondition(channels.count == samples.count, "\(channels.count) channels for \(samples.count)")
            for channel in samples.indices { samples[channel] += channels[channel] }
        }

        func keep(_ count: Int) throws {
            guard let source else { preconditionFailure("a new sound keeps nothing") }
            let position = samples[0].count
            try source.forEachBlock(of: position..<position + count) { write($0) }
        }

        func finish() -> SoundWriteReport {
            let waveform = Waveform(channels: samples, rate: rate)
            destination.result.withLock { $0 = waveform }
            return SoundWriteReport(
                name: nil, format: "samples in memory", rate: rate, channels: samples.count, frames: waveform.frames,
                isBitIdentical: true, clippedSamples: 0)
        }
    }
}
