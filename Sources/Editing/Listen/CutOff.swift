public import Core
internal import Foundation

/// Where a recording's spectrum really ends: a file of 44.1 kHz can hold a recording of 8 kHz.
///
/// Such an end is a cliff: within 4 % of the frequency the level falls by 10 dB into the file's dither, or within a quarter
/// of an octave by 30 dB into whatever is there, and nothing above comes back. No natural sound does that; it declines by
/// some dB per octave, or stands out of its noise as single tones.
public enum CutOff {
    /// The cut-off of a sound in Hz; half its rate where there is no cliff. Up to 200 places of it are read.
    /// - Throws: what reading the sound throws.
    public static func find(in source: any SoundSource) throws -> Double {
        var analysis = Analysis(rate: source.rate)
        let length = analysis.length
        let places = min(200, max(1, source.frames / length))
        for place in 0..<places {
            let start = places == 1 ? 0 : (source.frames - length) / (places - 1) * place
            analysis.add(try source.read(frames: start..<min(source.frames, start + length)))
        }
        return analysis.cutoff
    }

    /// The cut-off of samples in memory in Hz; half their rate where there is no cliff.
    /// - Parameters:
    ///   - channels: the samples, planar: `channels[channel][frame]`.
    ///   - rate: the number of frames in a second.
    public static func find(in channels: [[Float]], rate: Int) -> Double {
        var analysis = Analysis(rate: rate)
        let count = channels.first?.count ?? 0
        for start in stride(from: 0, to: count, by: analysis.length) {
            analysis.add(channels.map { Array($0[start..<min(count, start + analysis.length)]) })
        }
        return analysis.cutoff
    }

    private struct Analysis {
        let rate: Int
        private let transform: FourierTransform
        /// Blackman and Harris' window of four terms (F. Harris, 1978): what leaks beyond 4 bins is 92 dB down, so that
        /// neither a tone nor a cliff has a skirt.
        private let window: [Float]
        /// Bins taken together.
        private static let group = 8
        /// The mean powers of each group of bins at each place.
        private var places: [[Double]] = []

        init(rate: Int) {
            self.rate = rate
            transform = .ofSize(FrequencyBands.size(seconds: 0.085, rate: rate))
            let size = transform.size
            window = (0..<size).map { n in
                let angle = 2 * .pi * Double(n) / Double(size)
                return Float(0.35875 - 0.48829 * cos(angle) + 0.14128 * cos(2 * angle) - 0.01168 * cos(3 * angle))
            }
        }

        /// Samples read at one place.
        var length: Int { 3 * transform.size }

        mutating func add(_ channels: [[Float]]) {
            var powers = [Double](repeating: 0, count: (transform.bins - 1) / Self.group)
            for samples in channels {
                let starts = Array(stride(from: 0, through: samples.count - transform.size, by: transform.size / 2))
                for start in starts {
                    let frame = zip(samples[start..<start + transform.size], window).map { $0 * $1 }
                    let spectrum = transform.forward(frame)
                    let share = 1 / Double(starts.count * channels.count * Self.group)
                    for bin in 0..<powers.count * Self.group {
                        let (real, imaginary) = (Double(spectrum.real[bin]), Double(spectrum.imaginary[bin]))
                        powers[bin / Self.group] += share * (real * real + imaginary * imaginary)
                    }
                }
            }
            places.append(powers)
        }

        /// The falls that make a cliff: by some dB within a share of the frequency. What an old resampler left of a
        /// band's images above it makes the slope long.
        private static let falls = (
            toDither: (decibels: 10.0, share: 0.04), toSound: (decibels: 30.0, share: 0.19)
        )

        var cutoff: Double {
            let half = Double(rate) / 2
            let sums = places.map { $0.reduce(0, +) }
            let loudest = sums.max() ?? 0
            // Pauses tell nothing, and there may be many of them.
            let loud = places.indices.filter { sums[$0] > 1e-5 * loudest }.map { places[$0] }
            // A rate of a thousand hertz or so has too few groups for a cliff between them.
            guard loudest > 0, !loud.isEmpty, loud[0].count > 5 else { return half }
            // A high sound may be rare: what is there in a tenth of the places is there.
            let levels = loud[0].indices.map { group in
                let sorted = loud.map { $0[group] }.sorted()
                return 10 * log10(max(sorted[(sorted.count - 1) * 9 / 10], loudest * 1e-11))
            }
            // Triangular dither of 16 bits has a quarter of a step's square as its power; four times that are allowed.
            let squares = window.reduce(0.0) { $0 + Double($1) * Double($1) }
            let dither = 10 * log10(squares * 0x1p-30)
            // The loudest group from each one on.
            var above = levels
            for group in (0..<levels.count - 1).reversed() { above[group] = max(levels[group], above[group + 1]) }
            /// The level that all groups before this one have.
            func edge(_ group: Int) -> Double { levels[group - 4..<group].min() ?? 0 }
            func floor(_ group: Int, _ share: Double) -> Double {
                above[min(levels.count - 1, group + max(1, Int(share * Double(group))))]
            }
            let (steep, long) = (Self.falls.toDither, Self.falls.toSound)
            let cliff = (4..<levels.count - 1).last { group in
                let (near, far) = (floor(group, steep.share), floor(group, long.share))
                return near < dither && edge(group) - near >= steep.decibels || edge(group) - far >= long.decibels
            }
            guard var top = cliff else { return half }
            let floor = floor(top, long.share)
            // From the foot of the slope up to where the sound's own decline begins: 18 dB per octave at most.
            while top > 4, edge(top - 1) > edge(top) + max(1, 18 * log2(Double(top) / Double(top - 1))) { top -= 1 }
            let goal = edge(top) - min(12, (edge(top) - floor) / 2)
            let foot = (top..<levels.count).first { levels[$0] < goal } ?? top
            return min(half, Double(foot * Self.group * rate) / Double(transform.size))
        }
    }
}
