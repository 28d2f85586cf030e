internal import Foundation

/// Brings a sound's log-mel to the one that it was made from, its phases left alone.
///
/// Like Griffin and Lim's algorithm (1984), a round changes the short-time spectrum and goes back to samples; but what is set anew is
/// the level of each mel band, not the magnitude of each bin, so the fine structure that a vocoder made stays. Rounds overshoot a little
/// and carry momentum, which halves their number (as in "A fast Griffin-Lim algorithm", Perraudin, Balazs and Søndergaard, 2013).
struct MelMatching: Sendable {
    /// How far a round goes beyond what seems needed, and how much of its change the next one repeats.
    private static let (strength, momentum): (Float, Float) = (1.2, 0.5)
    /// Nepers by which a round may change a band.
    private static let limit: Float = 3
    /// Nepers below the floor from which on a band's value says that nothing is known of it.
    private static let unknown: Float = 3

    private(set) var rounds: Int
    private let transform: ShortTimeFourierTransform
    private let filterBank: MelFilterBank
    private let frontEnd: FrontEnd

    init(_ frontEnd: FrontEnd, rounds: Int) {
        self.frontEnd = frontEnd
        self.rounds = rounds
        transform = ShortTimeFourierTransform(frontEnd)
        filterBank = MelFilterBank(frontEnd)
    }

    /// The same in fewer rounds.
    func limited(to rounds: Int) -> MelMatching {
        var result = self
        result.rounds = rounds
        return result
    }

    /// Frames to either side of a frame beyond which nothing changes its samples: a round hears one window and moves another.
    var contextFrames: Int { rounds * ((frontEnd.fftSize + frontEnd.hopSize - 1) / frontEnd.hopSize) }

    /// `samples` [T * hop] brought to `mel` [T, bands]. A band whose value lies far below the floor is left as it is, and so is the one
    /// below it, which may have a shape of its own.
    func callAsFunction(_ samples: [Float], to mel: Tensor) -> [Float] {
        precondition(
            mel.shape.count == 2 && mel.shape[1] == filterBank.bands
                && samples.count == mel.shape[0] * frontEnd.hopSize,
            "\(samples.count) samples for a log-mel \(mel.shape)")
        guard !samples.isEmpty else { return [] }
        let wanted = mel.elements
        var (samples, before) = (samples, samples)
        for _ in 0..<rounds {
            let after = round(samples, to: wanted)
            for index in samples.indices {
                samples[index] = after[index] + Self.momentum * (after[index] - before[index])
            }
            before = after
        }
        return before
    }

    private func round(_ samples: [Float], to wanted: [Float]) -> [Float] {
        let bands = filterBank.bands
        let (gain, floor) = (Float(frontEnd.gain), Float(frontEnd.floor))
        let silence = log(floor)
        return transform.scaled(samples) { frame, magnitudes, factors in
            // The last frame stands after the last of the log-mel's.
            let row = min(frame * bands, wanted.count - bands)
            for index in factors.indices { factors[index] = 1 }
            let energies = filterBank(magnitudes)
            for (band, filter) in filterBank.filters.enumerated() {
                func isUnknown(_ band: Int) -> Bool { band < bands && wanted[row + band] < silence - Self.unknown }
                guard !isUnknown(band), !isUnknown(band + 1) else { continue }
                let apart = max(wanted[row + band], silence) - log(max(gain * energies[band], floor))
                let change = exp(Self.strength * min(max(apart, -Self.limit), Self.limit)) - 1
                for (offset, height) in filter.heights.enumerated() {
                    factors[filter.first + offset] += change * height
                }
            }
        }
    }
}
