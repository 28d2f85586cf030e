internal import Core
internal import Foundation

/// Finds what a lossy codec left empty: bands that have nothing at moments at which the octave below them sounds as it usually does.
struct HoleFinder: Sendable {
    /// What each band has at its loud moments, in dB: at low bit rates a band may be empty for nine tenths of the time.
    private let usual: [Float]
    /// The bands of the octave below each.
    private let below: [Range<Int>]
    /// The first band in which there may be holes.
    private let first: Int
    /// What no band falls below, in dB.
    private let floor: Float

    /// Hz below which no codec leaves anything out.
    private static let lowest = 1000.0
    /// How far a band that is empty lies below what it usually has, and how much farther than the octave below it does, in dB.
    private static let (depth, contrast): (Float, Float) = (25, 20)
    /// A band that has never more than so many dB above the floor says nothing.
    private static let audible: Float = 10

    /// - Parameters:
    ///   - levels: of many moments all over the sound, in dB, [moment][band].
    ///   - frequencies: the middles of the bands in Hz, rising.
    ///   - floor: what no band falls below, in dB.
    init(_ levels: [[Float]], frequencies: [Double], floor: Float) {
        self.floor = floor
        let loudest = levels.map { $0.max() ?? floor }.max() ?? floor
        // Pauses tell nothing.
        let loud = levels.filter { ($0.max() ?? floor) > loudest - 50 }
        usual = frequencies.indices.map { band in
            let sorted = loud.map { $0[band] }.sorted()
            return sorted.isEmpty ? floor : sorted[(sorted.count - 1) * 97 / 100]
        }
        below = frequencies.indices.map { band in
            let low = frequencies.firstIndex { $0 >= 0.4 * frequencies[band] } ?? 0
            return low..<max(low + 1, frequencies.firstIndex { $0 >= 0.7 * frequencies[band] } ?? band)
        }
        first = frequencies.firstIndex { $0 >= Self.lowest } ?? frequencies.count
    }

    /// Whether each band is empty at a moment.
    /// - Parameter levels: of the moment, in dB.
    func holes(_ levels: [Float]) -> [Bool] {
        levels.indices.map { band in
            guard band >= first, usual[band] > floor + Self.audible else { return false }
            let fallen = usual[band] - levels[band]
            guard fallen > min(Self.depth, 0.6 * (usual[band] - floor)) else { return false }
            let octave = below[band]
            let quieter = octave.reduce(0) { $0 + max(0, usual[$1] - levels[$1]) } / Float(octave.count)
            return fallen - quieter > min(Self.contrast, 0.5 * (usual[band] - floor))
        }
    }
}

extension HoleFinder {
    /// Places all over a sound that are listened to.
    private static let places = 60

    /// By the log-mel that a model hears.
    init(_ sound: PassageMel, frames: Int, _ loaded: LoadedModel) throws {
        let (grid, length) = (loaded.grid, 16)
        let count = min(Self.places, max(1, frames / length))
        var levels: [[Float]] = []
        for place in 0..<count {
            let start = count == 1 ? 0 : (frames - length) / (count - 1) * place
            let mel = try sound.mel(start..<min(frames, start + length)).elements
            for row in stride(from: 0, to: mel.count, by: grid.bands) {
                levels.append(Self.decibels(mel[row..<row + grid.bands]))
            }
        }
        self.init(
            levels, frequencies: (0..<grid.bands).map { grid.edges[$0 + 1] },
            floor: Self.decibels([Float(log(loaded.model.frontEnd.floor))])[0] + 1)
    }

    /// The levels of a log-mel in nepers.
    static func decibels(_ mel: ArraySlice<Float>) -> [Float] { mel.map { $0 * Neper.decibels } }

    /// By the bins of a transform of one channel.
    init(channel: Int, of source: any SoundSource, rate: Int, _ transform: ShortTimeFourierTransform) throws {
        let weights = (0..<source.channelCount).map { Float($0 == channel ? 1 : 0) }
        let reader = PassageReader(source, SampleAxis(source, from: 0, rate: rate), weights: weights)
        let total = Resampler.length(source.frames, from: source.rate, to: rate)
        let length = 8 * transform.hopSize
        let count = min(Self.places, max(1, total / length))
        var levels: [[Float]] = []
        for place in 0..<count {
            let start = count == 1 ? 0 : (total - length) / (count - 1) * place
            levels += Self.levels(transform(try reader.samples(start..<start + length)))
        }
        let width = Double(rate) / Double(transform.fftSize)
        self.init(levels, frequencies: (0..<transform.bins).map { Double($0) * width }, floor: -115)
    }

    /// The levels of all bins of each frame in dB, each with its three neighbours to either side.
    static func levels(_ spectrogram: Spectrogram) -> [[Float]] {
        let bins = spectrogram.bins
        let scale = Float(16.0 / Double(4 * (bins - 1) * (bins - 1)))
        return (0..<spectrogram.frames).map { frame in
            var sums: [Float] = [0]
            for bin in 0..<bins {
                let index = frame * bins + bin
                let (real, imaginary) = (spectrogram.real[index], spectrogram.imaginary[index])
                sums.append(real * real + imaginary * imaginary)
            }
            let powers = sums
            return (0..<bins).map { bin in
                let near = max(0, bin - 3)..<min(bins, bin + 4)
                let power = near.reduce(0) { $0 + powers[$1 + 1] } / Float(near.count)
                return 10 * log10(max(power * scale, 1e-15))
            }
        }
    }
}
