internal import Core
internal import Foundation
internal import Synchronization

/// The levels of a sound over time and frequency, as many as a picture has points: computed in one pass over the file,
/// so that memory does not grow with its length.
struct LevelMap {
    /// Points in time, evenly over the whole sound.
    let columns: Int
    /// Points in frequency, evenly over the scale.
    let rows: Int
    /// Power against a full-scale sine in dB, row-major [columns, rows], the lowest frequency first.
    let levels: [Float]

    var highest: Float { levels.max() ?? 0 }

    /// What silence is: lower than any sound.
    static let silence: Float = -160

    /// - Parameters:
    ///   - columns: at most; a sound of fewer samples has one for each.
    ///   - scale: its rows above half of the file's rate stay silent.
    /// - Throws: `AudioError`.
    init(_ file: AudioFile, columns maximum: Int, rows: Int, scale: FrequencyScale) throws {
        // About 46 ms under a transform: harmonics of a low voice stay apart, a click stays narrow.
        let size = 1 << max(6, Int((log2(0.046 * Double(file.rate))).rounded()))
        let transform = FourierTransform.ofSize(size)
        let window = ShortTimeFourierTransform.hannWindow(size)
        let bands = (0..<rows).map { Self.band($0, of: rows, scale, size: size, rate: file.rate) }
        let columns = min(maximum, file.frames)
        // Every column has a frame at least, and no sample lies between two frames.
        let hop = min(size / 2, file.frames / columns)
        let frames = (file.frames - 1) / hop + 1
        // The peak of a full-scale sine's spectrum: half of the window's sum, size / 2.
        let reference = Float(size * size) / 16

        var sums = [Float](repeating: 0, count: columns * rows)
        var counts = [Float](repeating: 0, count: columns)
        let block = max(1, 1 << 17 / hop)
        for first in stride(from: 0, to: frames, by: block) {
            try Task.checkCancellation()
            let block = first..<min(frames, first + block)
            let start = first * hop - size / 2
            let samples = try Self.samples(of: file, start..<((block.upperBound - 1) * hop + size / 2))
            let powers = Mutex([[Float]](repeating: [], count: block.count))
            Parallel.run(block.count) { index in
                var power = [Float](repeating: 0, count: transform.bins)
                for channel in samples {
                    let frame = (0..<size).map { channel[index * hop + $0] * window[$0] }
                    let spectrum = transform.forward(frame)
                    for bin in 0..<power.count {
                        power[bin] += spectrum.real[bin] * spectrum.real[bin]
                        power[bin] += spectrum.imaginary[bin] * spectrum.imaginary[bin]
                    }
                }
                let rows = bands.map { $0.power(in: power) / (reference * Float(samples.count)) }
                powers.withLock { $0[index] = rows }
            }
            let found = powers.withLock { $0 }
            for index in 0..<block.count {
                let column = min(columns - 1, (first + index) * hop * columns / file.frames)
                counts[column] += 1
                for row in 0..<rows { sums[column * rows + row] += found[index][row] }
            }
        }
        self.columns = columns
        self.rows = rows
        levels = (0..<sums.count).map { index in
            max(Self.silence, 10 * log10(sums[index] / max(1, counts[index / rows])))
        }
    }

    /// Some samples of each channel, silence before the start and after the end.
    private static func samples(of file: AudioFile, _ range: Range<Int>) throws -> [[Float]] {
        let inside = range.clamped(to: 0..<file.frames)
        let before = [Float](repeating: 0, count: inside.lowerBound - range.lowerBound)
        let after = [Float](repeating: 0, count: range.upperBound - inside.upperBound)
        return try file.read(frames: inside).map { before + $0 + after }
    }

    private static func band(_ row: Int, of rows: Int, _ scale: FrequencyScale, size: Int, rate: Int) -> SpectrumBand {
        func bin(_ offset: Double) -> Double {
            scale.frequency((Double(row) + offset) / Double(rows)) * Double(size) / Double(rate)
        }
        return SpectrumBand(low: bin(0), middle: bin(0.5), high: bin(1), last: size / 2)
    }
}
