internal import Core
internal import Foundation

/// Raises the bands that were made above a dull source's, loud moments more than soft ones: the median that the band extension has
/// learnt has less power than the sounds, and its moments differ less than theirs.
struct UpperLift: Sendable {
    /// Nepers by which the loudest moment is raised.
    private let most: Float
    /// Frames to either side among which a moment is the loudest one, and over which its power is taken.
    private let reach: Int
    private let moment: Int

    private static let nepersPerDecibel: Float = 1 / Neper.decibels
    /// Nepers of gain for each by which a moment lies below the loudest one, and the most by which it is lowered.
    private static let slope: Float = 0.4
    private static let mostLowered: Float = 6 * nepersPerDecibel

    /// The loudest moment within 1.25 s is raised by 5 dB above 8 kHz, and by 1.25 dB more for each octave that the cut-off lies lower, as was
    /// measured on held-out clips; up to 7.5 dB.
    init(above cutoff: Double, framesPerSecond: Double) {
        most = Float(min(7.5, max(5, 5 + 1.25 * log2(8000 / cutoff)))) * Self.nepersPerDecibel
        reach = Int((1.25 * framesPerSecond).rounded())
        moment = Int((0.025 * framesPerSecond).rounded())
    }

    /// Raises the bands from `first` on of a log-mel [1, T, F].
    func callAsFunction(_ mel: inout Tensor, from first: Int) {
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        guard first < bands else { return }
        mel.withMutableSpan { mel in
            let powers = (0..<frames).map { frame in
                (frame * bands + first..<(frame + 1) * bands).reduce(into: Float(0)) { $0 += exp(2 * mel[$1]) }
            }
            let gains = gains(powers)
            for frame in 0..<frames {
                for index in frame * bands + first..<(frame + 1) * bands { mel[index] += gains[frame] }
            }
        }
    }

    /// Nepers for each frame of these powers.
    func gains(_ powers: [Float]) -> [Float] {
        func around(_ frame: Int, _ reach: Int) -> Range<Int> {
            max(0, frame - reach)..<min(powers.count, frame + reach + 1)
        }
        let levels = powers.indices.map { frame in
            let moment = around(frame, moment)
            return log(powers[moment].reduce(1e-20, +) / Float(moment.count)) / 2
        }
        return levels.indices.map { frame in
            let loudest = levels[around(frame, reach)].max() ?? 0
            return max(most + Self.slope * (levels[frame] - loudest), -Self.mostLowered)
        }
    }
}
