internal import Core
internal import Foundation

/// Finds what sounds like an example: where the levels in the bands of the ear take a like course over its length.
struct LikenessFinder {
    private let source: any SoundSource
    private let bands: FrequencyBands
    /// Frames of the example in the sound.
    private let length: Int
    /// The example's levels, [frame][band], about their mean.
    private let pattern: [[Float]]

    /// Seconds of the shortest example.
    private static let shortest = 0.05
    /// dB below the loudest from which on all is alike.
    private static let range: Float = 50
    /// Hz up to which is compared.
    private static let highest = 8000.0

    init(_ example: [[Float]], in source: any SoundSource) throws(EditingError) {
        self.source = source
        length = example.first?.count ?? 0
        guard Double(length) >= Self.shortest * Double(source.rate) else {
            throw .exampleTooShort(seconds: Double(length) / Double(source.rate), shortest: Self.shortest)
        }
        bands = FrequencyBands(
            rate: source.rate, from: 60, to: min(Self.highest, Double(source.rate) / 2), seconds: 0.0427)
        pattern = Self.levels(of: ChannelMix.mix(example, ChannelMix.weights(of: example)), bands)
    }

    func findings(least: Double) throws -> [Finding] {
        let hop = bands.transform.hopSize
        let block = max(source.rate * 10 / hop, 4 * pattern.count) * hop
        let reader = BlockReader(source: source, length: block, margin: length + 2 * bands.transform.fftSize)
        let found = try reader.map { block -> [(frames: Range<Int>, confidence: Double)] in
            let levels = Self.levels(
                of: ChannelMix.mix(block.channels, ChannelMix.weights(of: block.channels)), bands)
            return (0..<max(0, levels.count - pattern.count + 1)).compactMap { start in
                let first = block.start + start * hop
                guard block.own.contains(first), first + length <= source.frames else { return nil }
                let likeness = likeness(levels, from: start)
                return likeness >= least ? (first..<first + length, likeness) : nil
            }
        }
        // The most alike first; what overlaps it is the same place.
        var kept: [(frames: Range<Int>, confidence: Double)] = []
        for finding in found.sorted(by: { $0.confidence > $1.confidence })
        where !kept.contains(where: { $0.frames.overlaps(finding.frames) }) {
            kept.append(finding)
        }
        return kept.sorted { $0.frames.lowerBound < $1.frames.lowerBound }
            .map { Finding(frames: $0.frames, rate: source.rate, confidence: $0.confidence) }
    }

    /// The correlation of the example's levels with those from a frame on.
    private func likeness(_ levels: [[Float]], from start: Int) -> Double {
        var (sum, squares, product, own, mean) = (Float(0), Float(0), Float(0), Float(0), Float(0))
        let count = Float(pattern.count * bands.bins.count)
        for (frame, row) in pattern.enumerated() {
            let other = levels[start + frame]
            for band in row.indices {
                sum += other[band]
                squares += other[band] * other[band]
                product += row[band] * other[band]
                own += row[band] * row[band]
                mean += row[band]
            }
        }
        let (a, b) = (own - mean * mean / count, squares - sum * sum / count)
        guard a > 1, b > 1 else { return 0 }
        return Double((product - mean * sum / count) / (a * b).squareRoot())
    }

    private static func levels(of samples: [Float], _ bands: FrequencyBands) -> [[Float]] {
        let spectrogram = bands.transform(samples)
        let levels = (0..<spectrogram.frames).map { frame in
            bands.bins.map { Float(10 * log10(FrequencyBands.power(spectrogram, frame, $0) + 1e-14)) }
        }
        let floor = (levels.map { $0.max() ?? -140 }.max() ?? 0) - range
        return levels.map { $0.map { max($0, floor) } }
    }
}
