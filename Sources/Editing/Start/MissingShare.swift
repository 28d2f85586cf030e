internal import Core
internal import Foundation

/// What a prediction lacks against the level of its surroundings, in bands of the width of the ear's over time.
struct MissingShare {
    private let bands: FrequencyBands
    /// What stands before the region in the transforms.
    private let lead: Int
    private let count: Int
    private let total: Int
    /// The share of the surroundings' power that is missing, and that power, [frame][band].
    private let missing: [[Double]]
    private let targets: [[Double]]
    /// By how much noise is held back in each band, in power.
    private let restraints: [Double]

    /// The missing share from which on, and the one up to which, the rest comes in: a few dB less in a band are not heard, while the
    /// rest is an error in what is foretold well.
    private static let knee = 0.4...0.75
    /// The share of the surroundings' power from which on what is foretold counts in full.
    private static let fullShare = 0.25
    /// Frames over which powers are averaged.
    private static let span = 5
    /// Samples of the surroundings that tell the level: in transforms at least, and times the region's length.
    private static let (near, share) = (2, 1.0)
    /// Seconds of the surroundings that tell how steady a band is; the dB of its levels' spread up to which it is; and by how many dB noise
    /// in it is held back for each dB beyond: a band that comes and goes may well be gone.
    private static let (heard, steady, restraint) = (0.25, 3.0, 3.0)
    /// The most by which noise is held back, in dB.
    private static let mostRestraint = 24.0
    /// The most by which the rest is raised to the level that is missing, in power, and the most that it may have of the surroundings'.
    private static let (largestGain, mostRest) = (2.0, 10.0)

    init(_ foretold: [Float], before: [Float], after: [Float], rate: Int) {
        // Several transforms within the gap, so that its middle is told from its edges.
        let seconds = min(0.0213, Double(foretold.count) / Double(rate) / 4)
        let bands = FrequencyBands(rate: rate, seconds: seconds)
        let reach = max(Self.near * bands.transform.fftSize, Int(Self.share * Double(foretold.count)))
        let (left, right) = (Array(before.suffix(reach)), Array(after.prefix(reach)))
        let count = foretold.count
        self.bands = bands
        self.count = count
        lead = left.count
        total = left.count + count + right.count
        let sides = (bands.powers(of: left), bands.powers(of: right))
        guard let first = sides.0 ?? sides.1, let last = sides.1 ?? sides.0 else {
            (missing, targets, restraints) = ([], [], [])
            return
        }
        let powers = Self.averaged(Self.powers(of: left + foretold + right, bands))
        let targets = powers.indices.map { frame -> [Double] in
            let place = min(1, max(0, Double(frame * bands.transform.hopSize - left.count) / Double(count)))
            return bands.bins.indices.map { band in
                exp((1 - place) * log(first[band] + 1e-20) + place * log(last[band] + 1e-20))
            }
        }
        missing = zip(powers, targets).map { powers, targets in
            zip(powers, targets).map { max(0, 1 - $0 / $1) }
        }
        self.targets = targets
        let near = Int(Self.heard * Double(rate))
        // Short transforms vary by chance.
        let steady = Self.steady + 0.7 * log2(max(1, 0.0213 * Double(rate) / Double(bands.transform.fftSize)))
        let spreads = [Array(before.suffix(near)), Array(after.prefix(near))].filter {
            $0.count >= bands.transform.fftSize
        }
        .map { Self.spreads(of: $0, bands) }
        restraints = bands.bins.indices.map { band in
            let spread = spreads.reduce(0) { $0 + $1[band] } / Double(max(1, spreads.count))
            let apart = abs(10 * log10((first[band] + 1e-20) / (last[band] + 1e-20))) / 4
            let held = min(Self.mostRestraint, Self.restraint * max(0, spread + apart - steady))
            return pow(10, -held / 10)
        }
    }

    /// The standard deviation of each band's level in dB.
    private static func spreads(of samples: [Float], _ bands: FrequencyBands) -> [Double] {
        let levels = averaged(powers(of: samples, bands)).map { $0.map { 10 * log10($0 + 1e-20) } }
        return bands.bins.indices.map { band in
            let mean = levels.reduce(0) { $0 + $1[band] } / Double(levels.count)
            let squares = levels.reduce(0) { $0 + ($1[band] - mean) * ($1[band] - mean) }
            return (squares / Double(levels.count)).squareRoot()
        }
    }

    /// The rest as far as it is missing.
    /// - Parameters:
    ///   - rest: what is not foretold of some sound, as long as the region.
    ///   - levelled: whether the rest is brought to the level that is missing, instead of having its own.
    func callAsFunction(_ rest: [Float], levelled: Bool) -> [Float] {
        scaled(rest) { spectrogram in
            Self.averaged(Self.powers(of: spectrogram, bands)).enumerated().map { frame, powers in
                powers.indices.map { band in
                    let lack = missing[frame][band]
                    let share = min(
                        1, max(0, (lack - Self.knee.lowerBound) / (Self.knee.upperBound - Self.knee.lowerBound)))
                    let target = targets[frame][band] / (powers[band] + 1e-20)
                    return levelled
                        ? min(Self.largestGain, share * lack * restraints[band] * target)
                        : min(share, Self.mostRest * target)
                }
            }
        }
    }

    /// A sound as far as something is foretold where it is.
    func held(_ sound: [Float]) -> [Float] {
        scaled(sound) { _ in missing.map { $0.map { min(1, (1 - $0) / Self.fullShare) } } }
    }

    /// A sound, as long as the region, with each band's power scaled in each frame.
    /// - Parameter gains: the factors of the powers of a spectrogram, [frame][band].
    private func scaled(_ sound: [Float], by gains: (Spectrogram) -> [[Double]]) -> [Float] {
        guard !missing.isEmpty else { return sound }
        let padded = [Float](repeating: 0, count: lead) + sound + [Float](repeating: 0, count: total - lead - count)
        var spectrogram = bands.transform(padded)
        let gains = gains(spectrogram)
        bands.scale(&spectrogram) { Float(gains[$0][$1].squareRoot()) }
        return Array(bands.transform.inverse(spectrogram, length: total)[lead..<lead + count])
    }

    private static func powers(of samples: [Float], _ bands: FrequencyBands) -> [[Double]] {
        powers(of: bands.transform(samples), bands)
    }

    private static func powers(of spectrogram: Spectrogram, _ bands: FrequencyBands) -> [[Double]] {
        (0..<spectrogram.frames).map { frame in bands.bins.map { FrequencyBands.power(spectrogram, frame, $0) } }
    }

    private static func averaged(_ powers: [[Double]]) -> [[Double]] {
        powers.indices.map { frame in
            let near = powers[max(0, frame - span / 2)...min(powers.count - 1, frame + span / 2)]
            return powers[frame].indices.map { band in near.reduce(0) { $0 + $1[band] } / Double(near.count) }
        }
    }
}
