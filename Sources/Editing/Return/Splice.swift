internal import Core
internal import Foundation

/// Puts a generated sound between two stretches of a recording so that neither edge is heard.
///
/// The generated sound `g` covers the region and a margin to either side, where the recording `s` is known as well. In
/// the margin the difference `d = s - g` is known up to the edge; a linear predictor continues it into the region, and
/// `g + continuation(d)` replaces the region. Read as an autoregressive process this is the filter that makes `g` from its
/// innovations, started from the recording's state instead of the generated one: value and slopes run on, noise takes over
/// at once at a constant power, and tones pass over as slowly as they ring. A cross-fade, which knows one time for all,
/// would leave a dip in noise. That tones of the same pitch do not cancel on the way, their phases in `g` are turned to
/// those of the recording first (`PhaseAlignment`).
struct Splice: Sendable {
    /// Hz.
    let rate: Int

    init(rate: Int) {
        precondition(rate > 0, "a splice needs a rate")
        self.rate = rate
    }

    /// Margin samples that serve best to either side: 0.25 s. Less is enough from 0.05 s on.
    var margin: Int { rate / 4 }

    /// The time over which the difference between recording and generated sound dies away, in seconds.
    private static let fade = 0.06

    /// - Parameters:
    ///   - fill: generated samples: `before.count` of margin, the region, `after.count` of margin.
    ///   - before: the recording up to the region; empty where the region starts a file (or a block within a region).
    ///   - after: the recording from the region's end on; empty likewise.
    /// - Returns: the region's samples.
    func callAsFunction(_ fill: [Float], before: [Float], after: [Float]) -> [Float] {
        let count = fill.count - before.count - after.count
        precondition(count >= 0, "a fill shorter than its margins")
        var region = Array(fill[before.count..<before.count + count])
        if count == 0 { return region }
        var aligned = PhaseAlignment(rate: rate)(fill, to: before)
        aligned = PhaseAlignment(rate: rate)(aligned.reversed(), to: after.reversed()).reversed()
        let fadeCount = min(count, Int(Self.fade * Double(rate)))
        let left = continuation(of: before, zip(before, aligned).map { $0 - $1 }, count: fadeCount)
        let ends = (after.reversed() as [Float], aligned.reversed() as [Float])
        let right = continuation(of: ends.0, zip(ends.0, ends.1).map { $0 - $1 }, count: fadeCount)
        region = Array(aligned[before.count..<before.count + count])
        for index in 0..<fadeCount {
            let window = Float(0.5 + 0.5 * cos(.pi * Double(index + 1) / Double(fadeCount + 1)))
            if !before.isEmpty { region[index] += window * left[index] }
            if !after.isEmpty { region[count - 1 - index] += window * right[index] }
        }
        return region
    }

    private func continuation(of recording: [Float], _ difference: [Float], count: Int) -> [Float] {
        // 1024 coefficients at 48 kHz tell partials 50 Hz apart.
        let order = max(32, 1024 * rate / 48_000)
        return LinearPrediction(of: difference, order: order).continuation(of: difference, count: count)
    }
}
