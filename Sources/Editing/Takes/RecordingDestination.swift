internal import Core
internal import Synchronization

/// A place in memory for what an edit makes anew: what is kept of the source is only counted.
final class RecordingDestination: SoundDestination {
    /// Frames that were made, one after the other without a gap.
    struct Stretch: Sendable {
        /// The first frame, of the result.
        let start: Int
        /// `[channel][frame]`
        var channels: [[Float]]

        var frames: Range<Int> { start..<start + (channels.first?.count ?? 0) }
    }

    /// What was made, and at which rate.
    private let result = Mutex<(stretches: [Stretch], rate: Int)>(([], 0))

    var stretches: [Stretch] { result.withLock { $0.stretches } }
    var rate: Int { result.withLock { $0.rate } }
    var label: String? { nil }

    func edited(_ source: any SoundSource, encoding: AudioEncoding?, keepsNothing: Bool) -> any SoundSink {
        Sink(self, rate: source.rate, channels: source.channelCount)
    }

    func new(
        rate: Int, channels: Int, frames: Int, from source: (any SoundSource)?, encoding: AudioEncoding?
    ) -> any SoundSink {
        Sink(self, rate: rate, channels: channels)
    }

    /// Where the source lies in the result, if it is a part of it.
    var join: SoundJoin? { place.withLock { $0 } }
    private let place = Mutex<SoundJoin?>(nil)

    func joined(_ source: any SoundSource, _ join: SoundJoin, encoding: AudioEncoding?) -> any SoundSink {
        place.withLock { $0 = join }
        return Sink(self, rate: source.rate, channels: source.channelCount)
    }

    private final class Sink: SoundSink {
        private let destination: RecordingDestination
        private let rate: Int
        private let channelCount: Int
        private var position = 0
        private var stretches: [Stretch] = []

        init(_ destination: RecordingDestination, rate: Int, channels: Int) {
            self.destination = destination
            self.rate = rate
            channelCount = channels
        }

        func write(_ channels: [[Float]]) {
            if let last = stretches.last, last.frames.upperBound == position {
                for channel in channels.indices {
                    stretches[stretches.count - 1].channels[channel] += channels[channel]
                }
            } else {
                stretches.append(Stretch(start: position, channels: channels))
            }
            position += channels.first?.count ?? 0
        }

        func keep(_ count: Int) { position += count }

        func finish() -> SoundWriteReport {
            destination.result.withLock { $0 = (stretches, rate) }
            return SoundWriteReport(
                name: nil, format: "samples in memory", rate: rate, channels: channelCount, frames: position,
                isBitIdentical: true, clippedSamples: 0)
        }
    }
}
