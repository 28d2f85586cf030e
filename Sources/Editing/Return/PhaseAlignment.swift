internal import Core
internal import Foundation

/// Turns the phases of a generated sound's tones to those of a recording where the two meet.
///
/// In the margin that both cover, each spectral peak of the recording is compared with the generated sound: where their
/// phases keep a constant difference over several frames, there is the same tone in both, and the bins around the peak are
/// turned by it (bins move with their peak: J. Laroche and M. Dolson, "Improved phase vocoder time-scale modification of
/// audio", 1999). Beyond the edge the turn goes back to zero over some time: a shift of pitch by a few Hz at most.
struct PhaseAlignment {
    let rate: Int

    /// The time in which the turn goes back to zero, in seconds.
    private static let release = 0.15
    /// How far back from the edge phases are compared, in seconds, by halves.
    private static let memory = 0.06
    /// From where on a constant phase difference is believed, and where wholly (0 is chance, 1 is certain).
    private static let coherence: ClosedRange<Float> = 0.75...0.92

    /// - Parameters:
    ///   - fill: generated samples, the first of them over `margin`.
    ///   - margin: the recording up to the edge.
    /// - Returns: `fill` with its tones turned around the edge and before it.
    func callAsFunction(_ fill: [Float], to margin: [Float]) -> [Float] {
        var size = 256
        while size * 24 < rate { size *= 2 }
        // Fewer than four frames tell nothing about constancy.
        while size > 256 && margin.count < size + 3 * size / 4 { size /= 2 }
        let hop = size / 8
        guard margin.count >= size + 3 * hop else { return fill }
        let transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: hop)
        // Only what the turn can reach is transformed.
        let reached = min(fill.count, margin.count + Int(Self.release * Double(rate)) + size)
        var generated = transform(Array(fill[..<reached]))
        let turns = turns(of: generated, to: transform(margin), edge: margin.count, transform)
        guard turns.contains(where: { $0 != 0 }) else { return fill }
        let region = max(1, min(Int(Self.release * Double(rate)), fill.count - margin.count))
        for frame in 0..<generated.frames {
            let way = min(1, max(0, Float(frame * hop - margin.count) / Float(region)))
            let share = 1 - way * way * (3 - 2 * way)
            for bin in 0..<generated.bins where turns[bin] != 0 {
                let (cosine, sine) = (cos(share * turns[bin]), sin(share * turns[bin]))
                let index = frame * generated.bins + bin
                let (real, imaginary) = (generated.real[index], generated.imaginary[index])
                generated.real[index] = real * cosine - imaginary * sine
                generated.imaginary[index] = real * sine + imaginary * cosine
            }
        }
        let turned = transform.inverse(generated, length: reached)
        // Where the stretch breaks off, its last half frame has seen a reflection.
        let end = reached == fill.count ? reached : reached - size / 2
        return Array(turned[..<end] + fill[end...])
    }

    /// The angle by which each bin of the generated sound is behind the recording; 0 where there is no common tone.
    private func turns(
        of generated: Spectrogram, to recording: Spectrogram, edge: Int, _ transform: ShortTimeFourierTransform
    ) -> [Float] {
        let (bins, half, hop) = (recording.bins, transform.fftSize / 2, transform.hopSize)
        var product = Spectrum(bins: bins)
        var (powers, others) = ([Float](repeating: 0, count: bins), [Float](repeating: 0, count: bins))
        // Frames that lie within the margin; those near the edge count most.
        let frames = (0..<recording.frames).filter { $0 * hop >= half && $0 * hop + half <= edge }
        for frame in frames {
            let distance = Double(edge - half - frame * hop) / Double(rate)
            let weight = Float(exp2(-distance / Self.memory))
            for bin in 0..<bins {
                let index = frame * bins + bin
                let (a, b) = (recording.real[index], recording.imaginary[index])
                let (c, d) = (generated.real[index], generated.imaginary[index])
                product.real[bin] += weight * (a * c + b * d)
                product.imaginary[bin] += weight * (b * c - a * d)
                powers[bin] += weight * (a * a + b * b)
                others[bin] += weight * (c * c + d * d)
            }
        }
        let peaks = (2..<bins - 2).filter { bin in powers[bin - 2...bin + 2].allSatisfy { $0 <= powers[bin] } }
        var turns = [Float](repeating: 0, count: bins)
        for (position, peak) in peaks.enumerated() where powers[peak] > 0 && others[peak] > 0 {
            let (real, imaginary) = (product.real[peak], product.imaginary[peak])
            let coherence =
                (real * real + imaginary * imaginary).squareRoot() / (powers[peak] * others[peak]).squareRoot()
            let range = Self.coherence
            let belief = min(1, max(0, (coherence - range.lowerBound) / (range.upperBound - range.lowerBound)))
            let low = position > 0 ? (peaks[position - 1] + peak) / 2 + 1 : 0
            let high = position + 1 < peaks.count ? (peak + peaks[position + 1]) / 2 : bins - 1
            for bin in low...high { turns[bin] = belief * atan2(imaginary, real) }
        }
        return turns
    }
}
