internal import Core
internal import Foundation

/// Where a low-pass without a cliff took a recording's treble: one of some 24 dB per octave, as tapes, telephones and equalisers have.
///
/// A natural spectrum over some octaves is nearly a straight line in dB over the octaves; a low-pass adds a knee to it. The cut-off is where
/// Butterworth's of fourth order explains what a line does not. A sound may have such a knee by itself, so it is looked for only
/// where a recording reaches the top, and named only.
enum GentleCutOff {
    /// Bands per octave, and the middle of the lowest in Hz.
    private static let (perOctave, lowest) = (12, 206.0)
    /// Bands below and above the knee by which it is judged.
    private static let (before, after) = (36, 24)
    /// The least that the low-pass takes within these, in dB.
    private static let drop = 24.0
    /// How many times 24 dB per octave a low-pass may have.
    private static let orders = 0.6...1.8
    /// The slope of the sound itself in dB per octave.
    private static let slopes = -13.0...4.0
    /// What the low-pass leaves unexplained of what a line leaves, as a share of squares, and in dB.
    private static let (share, rest) = (0.15, 4.0)

    /// The cut-off in Hz; nil where there is no such low-pass. Up to 200 places of the sound are read.
    /// - Throws: what reading the sound throws.
    static func find(in source: any SoundSource) throws -> Double? {
        let size = FrequencyBands.size(seconds: 0.0853, rate: source.rate)
        let transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: size / 2)
        let length = 4 * size
        let places = min(200, max(1, source.frames / length))
        var powers: [[Double]] = []
        let bands = bands(rate: source.rate, size: size)
        for place in 0..<places {
            let start = places == 1 ? 0 : (source.frames - length) / (places - 1) * place
            for channel in try source.read(frames: start..<min(source.frames, start + length))
            where channel.count > size {
                let spectrogram = transform(channel)
                for frame in 1..<max(1, spectrogram.frames - 1) {
                    powers.append(bands.map { FrequencyBands.power(spectrogram, frame, $0) })
                }
            }
        }
        let sums = powers.map { $0.reduce(0, +) }
        let loudest = sums.max() ?? 0
        let loud = powers.indices.filter { sums[$0] > 1e-5 * loudest }.map { powers[$0] }
        guard loudest > 0, !loud.isEmpty else { return nil }
        let levels = bands.indices.map { band in
            let sorted = loud.map { $0[band] }.sorted()
            return 10 * log10(max(sorted[(sorted.count - 1) * 9 / 10], loudest * 1e-13))
        }
        // A step of 16 bits, rounded or dithered, with 6 dB of grace.
        let dither = 10 * log10(0.375 * Double(size) * 0x1p-32) + 6
        return knee(of: levels, above: max(dither, (levels.max() ?? 0) - 95)).map {
            lowest * exp2(Double($0) / Double(perOctave))
        }
    }

    private static func bands(rate: Int, size: Int) -> [Range<Int>] {
        let width = Double(rate) / Double(size)
        let count = Int(Double(perOctave) * log2(Double(rate) / 2 / lowest))
        return (0..<max(0, count)).map { band in
            func bin(_ offset: Double) -> Double {
                lowest * exp2((Double(band) + offset) / Double(perOctave)) / width
            }
            let first = min(size / 2, Int(bin(-0.5).rounded()))
            return first..<min(size / 2 + 1, max(first + 1, Int(bin(0.5).rounded())))
        }
    }

    /// The band in which the knee lies.
    /// - Parameters:
    ///   - levels: of the bands, in dB.
    ///   - floor: what is below it is no sound.
    static func knee(of levels: [Double], above floor: Double) -> Int? {
        let smooth = levels.indices.map { band in
            let near = (band - 2...band + 2).map { levels[min(max($0, 0), levels.count - 1)] }
            return near.reduce(0, +) / 5
        }
        guard let top = smooth.lastIndex(where: { $0 > floor }) else { return nil }
        var best: (band: Int, share: Double, rest: Double)?
        for band in stride(from: perOctave, to: top - 8, by: 1) {
            let range = max(0, band - before)..<min(top + 1, band + after)
            let octaves = range.map { Double($0 - band) / Double(perOctave) }
            let lowPass = octaves.map { -10 * log10(1 + exp2(8 * $0)) }
            guard -lowPass[lowPass.count - 1] >= drop else { continue }
            let sound = Array(smooth[range])
            let (left, _) = line(through: octaves, sound)
            let (shape, _) = line(through: octaves, lowPass)
            let order = product(left, shape) / product(shape, shape)
            guard orders.contains(order) else { continue }
            let (_, slope) = line(through: octaves, zip(sound, lowPass).map { $0 - order * $1 })
            guard slopes.contains(slope) else { continue }
            let unexplained = zip(left, shape).reduce(0) { $0 + ($1.0 - order * $1.1) * ($1.0 - order * $1.1) }
            let found = (
                band, unexplained / max(product(left, left), 1e-9), (unexplained / Double(range.count)).squareRoot()
            )
            if best.map({ found.1 < $0.share }) ?? true { best = found }
        }
        guard let best, best.share < share, best.rest < rest else { return nil }
        return best.band
    }

    private static func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// What a straight line leaves of some values, and the line's slope.
    private static func line(through x: [Double], _ y: [Double]) -> (left: [Double], slope: Double) {
        let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
        let across = x.map { $0 - meanX }
        let slope = product(across, y.map { $0 - meanY }) / max(product(across, across), 1e-12)
        return (zip(across, y).map { $1 - meanY - slope * $0 }, slope)
    }
}
