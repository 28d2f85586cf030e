internal import Core
internal import Foundation

/// A log-mel of which some frames are known.
struct KnownMel {
    let bands: Int
    let isKnown: [Bool]
    /// Row-major [T, bands], in nepers.
    let values: [Float]
    /// The same without what is too soft to matter.
    private let audible: [Float]
    /// Known frames before each frame.
    private let counts: [Int]

    /// Nepers below the loudest band from which on all is alike.
    private static let range: Float = 7

    /// - Parameters:
    ///   - mel: [1, T, F], of which the first `bands` bands are taken.
    ///   - known: the frames that are known.
    init(_ mel: Tensor, known: [Range<Int>], bands: Int) {
        let taken = mel.sliced(axis: 2, 0..<bands)
        let values = taken.elements
        var isKnown = [Bool](repeating: false, count: taken.shape[1])
        for range in known { for frame in range { isKnown[frame] = true } }
        let loudest = known.flatMap { values[$0.lowerBound * bands..<$0.upperBound * bands] }.max() ?? 0
        var counts = [0]
        for frame in isKnown { counts.append(counts[counts.count - 1] + (frame ? 1 : 0)) }
        self.bands = bands
        self.isKnown = isKnown
        self.values = values
        self.counts = counts
        audible = values.map { max($0, loudest - Self.range) }
    }

    var frames: Int { isKnown.count }

    /// Whether a frame is known; none beyond the ends is.
    func isKnown(_ frame: Int) -> Bool { isKnown.indices.contains(frame) && isKnown[frame] }

    func knownFrames(in range: Range<Int>) -> Int {
        let range = range.clamped(to: isKnown.indices)
        return counts[range.upperBound] - counts[range.lowerBound]
    }

    /// A value in nepers.
    subscript(frame: Int, band: Int) -> Float { values[frame * bands + band] }

    /// The mean difference of two frames over their bands, in nepers.
    func distance(_ a: Int, _ b: Int) -> Float {
        var apart: Float = 0
        for band in 0..<bands { apart += abs(audible[a * bands + band] - audible[b * bands + band]) }
        return apart / Float(bands)
    }

    /// Half the logarithm of a frame's power, in nepers.
    func loudness(_ frame: Int) -> Float { Self.loudness(values[frame * bands..<(frame + 1) * bands]) }

    /// The same without what is too soft to matter.
    func audibleLoudness(_ frame: Int) -> Float { Self.loudness(audible[frame * bands..<(frame + 1) * bands]) }

    /// Half the logarithm of the power of one frame's bands, in nepers.
    static func loudness(_ bands: ArraySlice<Float>) -> Float {
        log(bands.reduce(0) { $0 + exp(2 * $1) } + 1e-20) / 2
    }
}

extension Range<Int> {
    /// So many frames right before or after a gap, the nearest first.
    func beside(before: Bool, count: Int) -> [Int] {
        (0..<count).map { before ? lowerBound - 1 - $0 : upperBound + $0 }
    }
}

extension [Float] {
    /// The median of some values, of which there is at least one.
    var median: Float {
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}
