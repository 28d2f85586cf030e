internal import Core
internal import Foundation

/// How far a prediction is to be believed in each band: measured by foretelling known pieces beside the gap in the same way.
struct PredictionBelief {
    private let bands: FrequencyBands
    /// What of the prediction is kept in each band, 0...1.
    private let shares: [Double]
    private let rate: Int

    /// Seconds of a gap from which on there is doubt: what is shorter is foretold better than a piece can tell.
    private static let shortest = 0.03
    /// Seconds over which doubt sets in at the edges, where what is foretold meets what is known.
    private static let edge = 0.004
    /// The weight of full belief against what was measured, and the share up to which that may be chance.
    private static let (prior, chance) = (0.1, 0.15)

    /// nil where there is no doubt, or nothing to measure by.
    init?(_ gap: GapInterpolation, before: [Float], after: [Float], count: Int, rate: Int) {
        guard Double(count) >= Self.shortest * Double(rate) else { return nil }
        let bands = FrequencyBands(rate: rate, seconds: 0.0107)
        var (products, powers) = ([Double](repeating: 0, count: bands.bins.count), [Double]())
        powers = products
        var measured = false
        for (side, isMirrored) in [(before, false), (after, true)] {
            let side = isMirrored ? side.reversed() : side
            let tail = min(gap.predictor.order, side.count / 4)
            let length = min(count, (side.count - tail) / 3)
            let end = side.count - tail
            guard length >= bands.transform.fftSize else { continue }
            let known = Array(side[end - length..<end])
            let guess = gap.foretold(
                before: side[..<(end - length)].map(Double.init), after: side[end...].map(Double.init), count: length)
            let (there, made) = (bands.transform(known), bands.transform(guess.map(Float.init)))
            for (band, bins) in bands.bins.enumerated() {
                for frame in 0..<there.frames {
                    let (product, power) = FrequencyBands.projection(of: there, on: made, frame, bins)
                    products[band] += product
                    powers[band] += power
                }
            }
            measured = true
        }
        guard measured else { return nil }
        self.bands = bands
        self.rate = rate
        shares = bands.bins.indices.map { band in
            // Neighbours steady the estimate.
            let near = max(0, band - 1)...min(bands.bins.count - 1, band + 1)
            let (product, power) = near.reduce((0.0, 1e-20)) { sums, other in
                let weight = other == band ? 1 : 0.5
                return (sums.0 + weight * products[other], sums.1 + weight * powers[other])
            }
            return min(1, max(0, (product + Self.prior * power) / ((1 + Self.prior) * power)))
        }
    }

    /// A prediction without what is not believed.
    func callAsFunction(_ foretold: [Float]) -> [Float] {
        let doubted = part(of: foretold, shares.map { 1 - $0 })
        return zip(foretold, doubted).map { $0 - $1 }
    }

    /// A sound that meets what is known at the edges, led by some way as far as the prediction is believed.
    func led(_ sound: [Float], by way: [Float]) -> [Float] {
        let believed = shares.map { max(0, ($0 - Self.chance) / (1 - Self.chance)) }
        return zip(sound, part(of: way, believed)).map { $0 + $1 }
    }

    /// A share of some sound in each band, that sets in after the edges and is gone before them.
    private func part(of sound: [Float], _ shares: [Double]) -> [Float] {
        let lead = bands.transform.fftSize
        let around = [Float](repeating: 0, count: lead)
        var spectrogram = bands.transform(around + sound + around)
        bands.scale(&spectrogram) { Float(shares[$1]) }
        let part = bands.transform.inverse(spectrogram, length: sound.count + 2 * lead)
        let slope = max(1, Self.edge * Double(rate))
        return sound.indices.map { index in
            let place = min(1, Double(min(index + 1, sound.count - index)) / slope)
            // Without a bend, which a sound of few high frequencies would show.
            return Float(0.5 - 0.5 * cos(.pi * place)) * part[lead + index]
        }
    }
}
