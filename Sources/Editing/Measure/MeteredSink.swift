internal import Core
internal import Foundation

/// Passes a sound on to its sink and measures what of it is made anew, stretch by stretch.
final class MeteredSink: SoundSink {
    private let sink: any SoundSink
    private let rate: Int
    /// The sound that is edited; nil for a new one.
    private let source: (any SoundSource)?
    /// Whether what was there before is held against what was made.
    private let comparesSource: Bool
    private var position = 0
    private var stretch: Stretch?
    private var stretches: [Stretch] = []

    /// Seconds of what was made that are heard for its likeness to a prompt, and seconds to either side whose level is told.
    private static let (heard, around) = (10.24, 2.0)

    /// - Parameters:
    ///   - rate: of the result, in Hz.
    ///   - source: the sound that is edited, at the same rate; nil for a new one.
    ///   - comparesSource: whether the edit starts from what was there.
    init(_ sink: any SoundSink, rate: Int, source: (any SoundSource)? = nil, comparesSource: Bool = false) {
        self.sink = sink
        self.rate = rate
        self.source = source
        self.comparesSource = comparesSource
    }

    /// What was made without a gap.
    private struct Stretch {
        let start: Int
        var count = 0
        /// Of each channel.
        var sums: [Double]
        var squares: [Double]
        var peak: Float = 0
        /// The first and the last half second of each channel.
        var head: [[Float]]
        var tail: [[Float]]
        /// The mean of the channels, as far as it is heard.
        var mono: [Float] = []
        /// The sum of the differences from the source, in dB, and how many there are.
        var (distance, cells) = (0.0, 0)
        /// Where it ends the source goes on.
        var end: Int { start + count }

        init(start: Int, channels: Int) {
            self.start = start
            sums = [Double](repeating: 0, count: channels)
            squares = sums
            head = [[Float]](repeating: [], count: channels)
            tail = head
        }
    }

    var fullScale: Float? { sink.fullScale }

    func write(_ channels: [[Float]]) throws {
        try sink.write(channels)
        let count = channels.first?.count ?? 0
        guard count > 0 else { return }
        var current = stretch ?? Stretch(start: position, channels: channels.count)
        // One copy only, which grows in its place.
        stretch = nil
        let near = rate / 2
        for (channel, samples) in channels.enumerated() {
            var (sum, square, peak) = (0.0, 0.0, Float(0))
            for sample in samples {
                sum += Double(sample)
                square += Double(sample) * Double(sample)
                peak = max(peak, abs(sample))
            }
            current.sums[channel] += sum
            current.squares[channel] += square
            current.peak = max(current.peak, peak)
            if current.head[channel].count < near {
                current.head[channel] += samples.prefix(near - current.head[channel].count)
            }
            current.tail[channel] = Array((current.tail[channel] + samples.suffix(near)).suffix(near))
        }
        let wanted = min(count, Int(Self.heard * Double(rate)) - current.mono.count)
        for frame in 0..<max(0, wanted) {
            current.mono.append(channels.reduce(0) { $0 + $1[frame] } / Float(channels.count))
        }
        if comparesSource, let source {
            let (distance, cells) = difference(channels, try source.read(frames: position..<position + count))
            current.distance += distance
            current.cells += cells
        }
        current.count += count
        position += count
        stretch = current
    }

    func keep(_ count: Int) throws {
        try sink.keep(count)
        if count > 0 { endStretch() }
        position += count
    }

    func finish() throws -> SoundWriteReport {
        endStretch()
        return try sink.finish()
    }

    private func endStretch() {
        if let stretch { stretches.append(stretch) }
        stretch = nil
    }

    /// The sum of the absolute differences of the levels in thirds of octaves, in dB, and how many there are.
    private func difference(_ made: [[Float]], _ there: [[Float]]) -> (sum: Double, count: Int) {
        let bands = FrequencyBands(rate: rate)
        guard made[0].count >= bands.transform.hopSize else { return (0, 0) }
        var (sum, count) = (0.0, 0)
        for (made, there) in zip(made, there) {
            let ((a, frames), (b, _)) = (bands.frames(of: made), bands.frames(of: there))
            let powers = frames.map { frame in
                bands.bins.map { (FrequencyBands.power(a, frame, $0), FrequencyBands.power(b, frame, $0)) }
            }
            // What is 60 dB below the loudest band is not heard beside it.
            let floor = 1e-6 * (powers.joined().map { max($0.0, $0.1) }.max() ?? 0) + 1e-14
            for (made, there) in powers.joined() {
                sum += abs(10 * log10((made + floor) / (there + floor)))
                count += 1
            }
        }
        return (sum, count)
    }

    // MARK: Figures

    /// The figures of each stretch, in the order of time.
    /// - Parameter likeness: says how like the prompt a sound of one channel is; nil where there is no prompt or no ear.
    func figures(_ likeness: ([Float]) throws -> Double?) throws -> [EditReport.Figures] {
        try stretches.enumerated().map { index, stretch in
            let before = try around(
                stretch, from: index > 0 ? stretches[index - 1].end : 0, to: stretch.start, isBefore: true)
            let after = try around(
                stretch, from: stretch.end, to: index + 1 < stretches.count ? stretches[index + 1].start : .max,
                isBefore: false)
            return EditReport.Figures(
                level: Self.level(stretch.sums, stretch.squares, count: stretch.count), levelBefore: Self.level(before),
                levelAfter: Self.level(after), peak: stretch.peak > 0 ? 20 * log10(Double(stretch.peak)) : nil,
                // Of a short stretch what lies beyond it tells, too, what an edge is like here.
                seamAtStart: seam(before, joined(stretch.head, after)),
                seamAtEnd: seam(joined(before, stretch.tail), after),
                distance: stretch.cells > 0 ? stretch.distance / Double(stretch.cells) : nil,
                similarity: try likeness(stretch.mono))
        }
    }

    private func joined(_ first: [[Float]], _ second: [[Float]]) -> [[Float]] {
        second.isEmpty ? first : first.isEmpty ? second : zip(first, second).map { $0 + $1 }
    }

    /// What of the source lies beside a stretch, up to other ones.
    private func around(_ stretch: Stretch, from low: Int, to high: Int, isBefore: Bool) throws -> [[Float]] {
        guard let source else { return [] }
        let reach = Int(Self.around * Double(rate))
        let (low, high) = (min(low, source.frames), min(high, source.frames))
        return try source.read(
            frames: isBefore ? max(low, high - reach)..<max(low, high) : low..<max(low, min(high, low + reach)))
    }

    /// In dB against full scale, without offsets; nil for silence.
    private static func level(_ sums: [Double], _ squares: [Double], count: Int) -> Double? {
        let count = Double(max(1, count))
        let powers = zip(sums, squares).map { sum, square in square / count - sum / count * (sum / count) }
        let power = powers.reduce(0, +) / Double(max(1, powers.count))
        return power > 1e-14 ? 10 * log10(power) : nil
    }

    private static func level(_ channels: [[Float]]) -> Double? {
        level(
            channels.map { $0.reduce(0.0) { $0 + Double($1) } },
            channels.map { $0.reduce(0.0) { $0 + Double($1) * Double($1) } }, count: channels.first?.count ?? 0)
    }

    /// The worst of all channels; nil at the ends of a sound.
    private func seam(_ before: [[Float]], _ after: [[Float]]) -> Double? {
        Parallel.map(min(before.count, after.count)) { [rate] in
            SoundMeasures.seam(between: before[$0], after[$0], rate: rate)
        }.compactMap { $0 }.max()
    }
}
