public import Core
internal import Foundation
internal import Synchronization

/// A piece of a sound's spectrogram as numbers, to be coloured by whoever shows it.
///
/// The pieces of one level lie side by side: piece `index` begins at the frame `index * columns << level`, and each of its columns
/// stands for `1 << level` frames. A column of more frames than four transforms hold shows those in its middle, so that a piece costs
/// the same at every level and memory does not grow with the length of the sound.
public struct SpectrogramTile: Sendable {
    /// The columns of a piece; the last piece of a sound has as many as are left.
    public static let columns = 256
    /// The lowest level: columns of 64 frames.
    public static let lowestLevel = 6
    /// The highest level: a piece of columns of half a billion frames holds any sound.
    public static let highestLevel = 29
    /// The level of a full-scale sine is 255; each step down is half a decibel, down to -127.5 dB or less at 0.
    public static let stepsPerDecibel: Float = 2

    /// The levels, column after column, in each the lowest frequency first.
    public let levels: [UInt8]

    /// Measures a piece.
    /// - Parameters:
    ///   - source: the sound.
    ///   - level: the logarithm to the base 2 of a column's frames, ``lowestLevel``...``highestLevel``.
    ///   - index: the piece; it has to begin within the sound.
    ///   - rows: the rows, evenly on the axis from 0 Hz to half of the rate.
    ///   - axis: how the rows divide the frequencies.
    /// - Throws: what reading the sound throws.
    public init(of source: some SoundSource, level: Int, index: Int, rows: Int, axis: FrequencyAxis) throws {
        let hop = 1 << level
        let first = index * Self.columns * hop
        precondition(first < source.frames, "a piece beyond the sound")
        let columns = min(Self.columns, (source.frames - first + hop - 1) / hop)
        let size = Self.size(rate: source.rate)
        let transform = FourierTransform.ofSize(size)
        let window = ShortTimeFourierTransform.hannWindow(size)
        let bands = Self.bands(rows, axis, size: size, rate: source.rate)
        // Neighbouring columns of few frames share one read; others have one each.
        let perRead = max(1, (1 << 17) / hop)
        let found = Mutex([UInt8](repeating: 0, count: columns * rows))
        for start in stride(from: 0, to: columns, by: perRead) {
            try Task.checkCancellation()
            let run = start..<min(columns, start + perRead)
            let places = run.map { column in
                let start = first + column * hop
                return Self.places(column: start, hop: min(hop, source.frames - start), size: size)
            }
            let low = places[0][0], high = places[places.count - 1].last! + size
            let samples = try Self.samples(of: source, low..<high)
            Parallel.run(run.count) { item in
                var power = [Float](repeating: 0, count: transform.bins)
                // Where a column is only sampled, its transforms take the channels in turn.
                let isSampled = places[item].count >= Self.mostPlaces && samples.count <= Self.mostPlaces
                for (turn, place) in places[item].enumerated() {
                    let heard = isSampled ? [samples[turn % samples.count]] : samples
                    for channel in heard {
                        let frame = (0..<size).map { channel[place - low + $0] * window[$0] }
                        let spectrum = transform.forward(frame)
                        for bin in 0..<power.count {
                            power[bin] += spectrum.real[bin] * spectrum.real[bin]
                            power[bin] += spectrum.imaginary[bin] * spectrum.imaginary[bin]
                        }
                    }
                }
                // The peak of a full-scale sine's spectrum: half of the window's sum, size / 2.
                let count = places[item].count * (isSampled ? 1 : samples.count)
                let reference = Float(size * size) / 16 * Float(count)
                let column = bands.map { Self.step($0.power(in: power) / reference) }
                let at = (start + item) * rows
                found.withLock { $0.replaceSubrange(at..<at + rows, with: column) }
            }
        }
        levels = found.withLock { $0 }
    }

    /// About 46 ms under a transform: harmonics of a low voice stay apart, a click stays narrow.
    private static func size(rate: Int) -> Int { 1 << max(6, Int((log2(0.046 * Double(rate))).rounded())) }

    /// The most transforms of a column.
    private static let mostPlaces = 4

    /// Where the transforms of a column begin: around its middle, half of a transform apart.
    private static func places(column first: Int, hop: Int, size: Int) -> [Int] {
        let count = min(mostPlaces, max(1, 2 * hop / size))
        let start = first + hop / 2 - (count + 1) * size / 4
        return (0..<count).map { start + $0 * size / 2 }
    }

    private static func step(_ power: Float) -> UInt8 {
        UInt8(min(255, max(0, (255 + stepsPerDecibel * 10 * log10(max(power, 1e-20))).rounded())))
    }

    /// Some samples of each channel, silence before the start and after the end.
    private static func samples(of source: some SoundSource, _ range: Range<Int>) throws -> [[Float]] {
        let inside = range.clamped(to: 0..<source.frames)
        let before = [Float](repeating: 0, count: inside.lowerBound - range.lowerBound)
        let after = [Float](repeating: 0, count: range.upperBound - inside.upperBound)
        return try source.read(frames: inside).map { before + $0 + after }
    }

    private static func bands(_ rows: Int, _ axis: FrequencyAxis, size: Int, rate: Int) -> [SpectrumBand] {
        (0..<rows).map { row in
            func bin(_ offset: Double) -> Double {
                axis.frequency((Double(row) + offset) / Double(rows), highest: Double(rate) / 2) * Double(size)
                    / Double(rate)
            }
            return SpectrumBand(low: bin(0), middle: bin(0.5), high: bin(1), last: size / 2)
        }
    }
}
