public import Core
internal import Foundation

/// Figures of an output beside its reference, sample for sample.
public enum PairMeasures {
    /// The log-spectral distance as `ssr_eval` defines it: over the frames the mean of the root of the mean over the bins of
    /// log10(reference^2 / output^2)^2, of magnitudes under windows of 46 ms every 10 ms.
    /// - Parameters:
    ///   - reference: one channel.
    ///   - output: as many samples.
    ///   - rate: of both, in Hz; at least 1000.
    /// - Returns: the distance, in powers of ten; 0 for equal sounds.
    public static func logSpectralDistance(_ reference: [Float], _ output: [Float], rate: Int) -> Double {
        precondition(reference.count == output.count && !reference.isEmpty, "sounds of different lengths")
        let size = Int(2048 / (44_100 / Double(rate)))
        let transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: rate / 100)
        let (target, estimate) = (transform.magnitudes(reference), transform.magnitudes(output))
        // With an odd size librosa has no frame centred on the end.
        let bins = transform.bins
        let frames = size % 2 == 0 ? target.count / bins : 1 + (reference.count - 1) / (rate / 100)
        let tiny = 1e-12
        var sum = 0.0
        for frame in 0..<frames {
            var squares = 0.0
            for index in frame * bins..<(frame + 1) * bins {
                let (t, e) = (Double(target[index]), Double(estimate[index]) + tiny)
                let ratio = log10(t * t / (e * e) + tiny)
                squares += ratio * ratio
            }
            sum += (squares / Double(bins)).squareRoot()
        }
        return sum / Double(frames)
    }

    /// The scale-invariant signal-to-distortion ratio (J. Le Roux and others, arXiv 1811.02508), both sounds freed of their means.
    /// - Parameters:
    ///   - reference: one channel.
    ///   - output: as many samples.
    /// - Returns: in dB, at most 100; nil where one of the sounds is silent.
    public static func signalToDistortion(_ reference: [Float], _ output: [Float]) -> Double? {
        precondition(reference.count == output.count && !reference.isEmpty, "sounds of different lengths")
        func centred(_ samples: [Float]) -> [Double] {
            let mean = samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
            return samples.map { Double($0) - mean }
        }
        let (s, x) = (centred(reference), centred(output))
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let energy = dot(s, s)
        guard energy > 1e-12, dot(x, x) > 1e-12 else { return nil }
        let scale = dot(s, x) / energy
        let target = scale * scale * energy
        let noise = zip(s, x).reduce(0) { $0 + ($1.1 - scale * $1.0) * ($1.1 - scale * $1.0) }
        return min(100, max(-100, 10 * log10(target / max(noise, 1e-300))))
    }

    /// How far the levels of two sounds' mel bands lie apart, and how lively they are.
    public struct MelFigures: Sendable, Equatable {
        /// The mean absolute difference over all cells within 45 dB of the reference's loudest, in dB.
        public let error: Double
        /// The mean difference over the same cells, in dB: above 0 where the output is louder.
        public let level: Double
        /// The mean change from frame to frame, the output's over the reference's: 1 is as lively, 0 a blur.
        public let texture: Double
    }

    /// Cells that far below the loudest count, in nepers of magnitude: 45 dB.
    private static let range: Float = 45 / Neper.decibels

    /// Compares log-mels.
    /// - Parameters:
    ///   - reference: [T, bands], in nepers of magnitude.
    ///   - output: of the same shape.
    ///   - floor: the log-mel of silence.
    /// - Returns: nil for a reference that is silent.
    public static func melFigures(_ reference: Tensor, _ output: Tensor, floor: Float) -> MelFigures? {
        precondition(reference.shape == output.shape, "log-mels of different shapes")
        let (real, made, bands) = (reference.elements, output.elements, reference.shape[1])
        guard let loudest = real.max(), loudest >= floor + 2 else { return nil }
        let least = loudest - range
        var (apart, above, cells) = (0.0, 0.0, 0)
        for (a, b) in zip(real, made) where max(a, b) > least {
            apart += Double(abs(b - a))
            above += Double(b - a)
            cells += 1
        }
        func liveliness(_ mel: [Float]) -> Double {
            let changes = mel.indices.dropFirst(bands).map { abs(max(mel[$0], least) - max(mel[$0 - bands], least)) }
            return changes.reduce(0) { $0 + Double($1) } / Double(max(1, changes.count))
        }
        return MelFigures(
            error: Double(Neper.decibels) * apart / Double(cells),
            level: Double(Neper.decibels) * above / Double(cells),
            texture: liveliness(made) / max(liveliness(real), 1e-6))
    }

    /// The log-mel that the figures are taken on: 80 bands up to 17.2 kHz under windows of 64 ms every 10 ms, as the bundled model has it.
    static let frontEnd = FrontEnd(
        samplingRate: 48_000, fftSize: 3072, windowSize: 3072, hopSize: 480, melBins: 80, lowestHz: 0,
        highestHz: 17_204.255_941_099_91, gain: 1.0 / 3, floor: 1e-5)
}
