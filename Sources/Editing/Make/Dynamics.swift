internal import Core
internal import Foundation

/// The loudness of a source from frame to frame, to which what is made of it is held: in each step of the walk, and at its end.
struct Dynamics {
    /// In nepers, of each mel frame.
    private let loudness: [Float]
    /// Of each band that counts, in Hz.
    private let widths: [Float]
    private let factor: Int
    private let autoencoder: Autoencoder
    /// By how much a latent changes where the sound becomes a neper louder: [bins, channels], the mean over the source.
    private let direction: [Float]

    /// Nepers by which a frame is made louder or softer at most, at the end and in a step: a latent is led along a line only a little.
    private static let (most, mostInStep): (ClosedRange<Float>, ClosedRange<Float>) = (-4...2.5, -0.7...0.7)
    /// A step in nepers that is small for a sound and large for rounding.
    private static let step: Float = 0.5
    /// A latent is corrected at every so many levels of the walk: the decoder takes as long as a step of the network, and at each level it
    /// brings no more.
    static let every = 4

    /// - Parameters:
    ///   - source: its log-mel, [1, T, bands].
    ///   - bands: the lower bands, which are the source's own.
    ///   - encoded: a log-mel like the source's, whose latent is known, and that latent.
    init(
        of source: Tensor, bands: Int, encoded: (mel: Tensor, latent: Tensor), _ autoencoder: Autoencoder,
        _ grid: MelGrid
    ) {
        self.autoencoder = autoencoder
        factor = grid.factor
        widths = (0..<min(bands, grid.bands)).map { Float(grid.edges[$0 + 2] - grid.edges[$0]) / 2 }
        loudness = Self.loudness(of: source, widths)
        let louder = autoencoder.encode(encoded.mel + Self.step) - encoded.latent
        let (frames, row) = (louder.shape[1], louder.shape[2] * louder.shape[3])
        var sums = [Float](repeating: 0, count: row)
        louder.withSpan { louder in
            for index in 0..<frames * row { sums[index % row] += louder[index] }
        }
        direction = sums.map { $0 / (Float(frames) * Self.step) }
    }

    /// Half the logarithm of each frame's power.
    private static func loudness(of mel: Tensor, _ widths: [Float]) -> [Float] {
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        return mel.withSpan { mel in
            (0..<frames).map { frame in
                var power: Float = 0
                for band in widths.indices { power += widths[band] * exp(2 * mel[frame * bands + band]) }
                return 0.5 * log(max(power, 1e-20))
            }
        }
    }

    /// By how many nepers each frame of a log-mel has to become louder.
    private func missing(in mel: Tensor, _ most: ClosedRange<Float>) -> [Float] {
        zip(loudness, Self.loudness(of: mel, widths)).map { min(max($0 - $1, most.lowerBound), most.upperBound) }
    }

    /// The same log-mel, [1, T, bands], as loud as the source.
    func kept(in mel: Tensor) -> Tensor {
        let (missing, bands) = (missing(in: mel, Self.most), mel.shape[2])
        var result = mel
        result.withMutableSpan { result in
            for index in 0..<missing.count * bands { result[index] += missing[index / bands] }
        }
        return result
    }

    /// A latent [1, T, bins, channels] that sounds as loud as the source, nearly.
    func corrected(_ clean: Tensor, at level: Int) -> Tensor {
        guard level.isMultiple(of: Self.every) else { return clean }
        let missing = missing(in: autoencoder.decode(clean), Self.mostInStep)
        let row = direction.count
        var result = clean
        result.withMutableSpan { result in
            for cell in 0..<missing.count / factor {
                let mean = missing[cell * factor..<(cell + 1) * factor].reduce(0, +) / Float(factor)
                for index in 0..<row { result[cell * row + index] += mean * direction[index] }
            }
        }
        return result
    }
}
