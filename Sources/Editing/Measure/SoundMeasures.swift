internal import Core
internal import Foundation

/// Figures by which an edit is judged.
public enum SoundMeasures {
    /// The mean level in dB relative to full scale; nil for silence.
    static func level(_ samples: [Float]) -> Double? {
        let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
        return power > 1e-14 ? 10 * log10(power) : nil
    }

    /// The level of an edited region against that of what surrounds it, in dB; nil where either is silent.
    /// - Parameters: each as `[channel][frame]`.
    static func levelDifference(region: [[Float]], surroundings: [[Float]]) -> Double? {
        guard let inside = level(region.flatMap { $0 }), let outside = level(surroundings.flatMap { $0 }) else {
            return nil
        }
        return inside - outside
    }

    /// How much an edge sticks out of a sound, in dB: the largest sample there that the sound's own past does not
    /// foretell, against the largest such sample elsewhere. Above 0 there may be a click, below 0 there is none.
    /// - Parameters:
    ///   - samples: one channel, the edge and at least 0.05 s to either side of it.
    ///   - edge: the first sample after the edge.
    ///   - rate: samples per second.
    /// - Returns: nil where the sound is too short or silent.
    public static func seam(_ samples: [Float], edge: Int, rate: Int) -> Double? {
        let order = 32
        let near = max(8, rate / 1000)
        guard edge > rate / 20, samples.count - edge > rate / 20, edge > 4 * order else { return nil }
        let errors = LinearPrediction(of: samples, order: order).errors(of: samples).map(abs)
        let atEdge = errors[edge..<edge + near].max() ?? 0
        let elsewhere = (errors[order..<edge - near] + errors[(edge + 2 * near)...]).max() ?? 0
        return elsewhere > 1e-9 ? 20 * Double(log10(max(atEdge, 1e-9) / elsewhere)) : nil
    }

    /// The same for one channel of a sound before and after an edge, of which half a second each counts.
    static func seam(between before: [Float], _ after: [Float], rate: Int) -> Double? {
        let near = min(before.count, rate / 2)
        return seam(before.suffix(near) + after.prefix(rate / 2), edge: near, rate: rate)
    }

    /// The correlation of two channels, -1 to 1; nil where either is silent.
    static func correlation(_ first: [Float], _ second: [Float]) -> Double? {
        var (product, a, b) = (0.0, 0.0, 0.0)
        for (x, y) in zip(first, second) {
            product += Double(x) * Double(y)
            a += Double(x) * Double(x)
            b += Double(y) * Double(y)
        }
        return a > 0 && b > 0 ? product / (a * b).squareRoot() : nil
    }
}
