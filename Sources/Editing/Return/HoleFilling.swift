internal import Core
internal import Foundation

/// Takes of a sound what another one has no trace of: the cells of time and frequency that a lossy codec left empty in it.
struct HoleFilling: Sendable {
    private let transform: ShortTimeFourierTransform
    /// One for each channel.
    private let finders: [HoleFinder]

    /// - Parameters:
    ///   - source: the sound with the holes.
    ///   - rate: at which it is filled, in Hz.
    init(_ source: any SoundSource, rate: Int) throws {
        let size = FrequencyBands.size(seconds: 0.0213, rate: rate)
        let transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: size / 4)
        self.transform = transform
        finders = try (0..<source.channelCount).map {
            try HoleFinder(channel: $0, of: source, rate: rate, transform)
        }
    }

    /// Frames to either side of a frame that it depends on.
    var reach: Int { 2 * transform.fftSize }

    /// What a channel is to be given, and how much of it is holes.
    struct Filling {
        let samples: [Float]
        /// Cells of time and frequency that are empty, of so many.
        let (empty, cells): (Int, Int)
    }

    /// What a channel is to be given, where it has holes.
    /// - Parameters:
    ///   - own: a stretch of the channel.
    ///   - made: a sound without holes that fits the channel, as long.
    ///   - start: the place of the stretch, which decides where cells lie.
    func callAsFunction(_ own: [Float], filledBy made: [Float], channel: Int, from start: Int) -> Filling {
        let lead = start % transform.hopSize
        let zeros = [Float](repeating: 0, count: lead)
        let levels = HoleFinder.levels(transform(zeros + own))
        var filling = transform(zeros + made)
        let holes = levels.map(finders[channel].holes)
        // A codec writes at least some ten milliseconds of a band or nothing: what is empty for one frame is chance.
        for frame in 0..<filling.frames {
            let shares = (0..<filling.bins).map { bin in
                let near = max(0, frame - 1)...min(filling.frames - 1, frame + 1)
                return Float(near.count { holes[$0][bin] }) / Float(near.count)
            }
            for bin in 0..<filling.bins {
                let near = max(0, bin - 2)..<min(filling.bins, bin + 3)
                let share = near.reduce(0) { $0 + shares[$1] } / Float(near.count)
                filling.real[frame * filling.bins + bin] *= share
                filling.imaginary[frame * filling.bins + bin] *= share
            }
        }
        return Filling(
            samples: Array(transform.inverse(filling, length: zeros.count + own.count)[lead...]),
            empty: holes.reduce(0) { $0 + $1.count { $0 } }, cells: filling.frames * filling.bins)
    }
}
