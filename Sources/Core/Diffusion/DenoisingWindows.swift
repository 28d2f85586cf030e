internal import Foundation

/// Overlapping stretches of a long latent. The network sees one at a time; where they overlap, their predictions are averaged in every
/// step with smooth weights (MultiDiffusion, arXiv 2302.08113), so that they agree while they are denoised.
public struct DenoisingWindows: Sendable, Equatable {
    /// The latent frames of each window, in the order of time.
    public let ranges: [Range<Int>]
    /// For each window and each of its frames the share that its prediction has; the shares of one frame sum to 1.
    public let weights: [[Float]]

    /// Lays windows evenly over a latent.
    /// - Parameters:
    ///   - frames: the number of frames of the whole latent.
    ///   - length: the number of frames of a window; a latent that is not longer is one window.
    ///   - overlap: the number of frames that neighbours share at least, below `length`.
    public init(frames: Int, length: Int, overlap: Int) {
        precondition(
            frames > 0 && length > overlap && overlap >= 0, "windows of \(length) frames that overlap by \(overlap)")
        guard frames > length else {
            ranges = [0..<frames]
            weights = [[Float](repeating: 1, count: frames)]
            return
        }
        let step = length - overlap
        let count = (frames - overlap + step - 1) / step
        let ranges = (0..<count).map { index in
            let start = index * (frames - length) / (count - 1)
            return start..<start + length
        }
        // Each window fades in over what it shares with the one before, and out over what it shares with the next.
        var weights = ranges.indices.map { index in
            let range = ranges[index]
            let fadeIn = index > 0 ? ranges[index - 1].upperBound - range.lowerBound : 0
            let fadeOut = index + 1 < count ? range.upperBound - ranges[index + 1].lowerBound : 0
            return (0..<length).map { frame in
                Self.ramp(frame, over: fadeIn) * Self.ramp(length - 1 - frame, over: fadeOut)
            }
        }
        var sums = [Float](repeating: 0, count: frames)
        for (range, weights) in zip(ranges, weights) {
            for (frame, weight) in zip(range, weights) { sums[frame] += weight }
        }
        for index in ranges.indices {
            for (position, frame) in ranges[index].enumerated() { weights[index][position] /= sums[frame] }
        }
        self.ranges = ranges
        self.weights = weights
    }

    /// sin^2 from above 0 to below 1, then 1.
    private static func ramp(_ position: Int, over length: Int) -> Float {
        guard position < length else { return 1 }
        let sine = sin(Float.pi / 2 * (Float(position) + 0.5) / Float(length))
        return sine * sine
    }
}
