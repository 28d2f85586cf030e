internal import Core

/// Where time and frequency lie in a model's log-mel spectrograms and latents.
///
/// Mel frame `t` is centred on sample `t * hopSize` of the passage. A latent cell covers `factor` frames and `factor` bands.
struct MelGrid: Sendable {
    let frontEnd: FrontEnd
    let factor: Int
    /// The corners of the triangular bands in Hz, `melBins + 2` of them: band `b` lies from `edges[b]` to `edges[b + 2]`.
    let edges: [Double]

    init(_ frontEnd: FrontEnd, factor: Int) {
        self.frontEnd = frontEnd
        self.factor = factor
        let low = MelFilterBank.mel(hertz: frontEnd.lowestHz)
        let step = (MelFilterBank.mel(hertz: frontEnd.highestHz) - low) / Double(frontEnd.melBins + 1)
        edges = (0..<frontEnd.melBins + 2).map { MelFilterBank.hertz(mel: low + step * Double($0)) }
    }

    var bands: Int { frontEnd.melBins }
    var bins: Int { bands / factor }
    /// Samples under one latent cell.
    var cellSamples: Int { frontEnd.hopSize * factor }
    /// The centre of the highest band: beyond, the model adds nothing that could be relied on. Hz.
    var highest: Double { edges[bands] }

    /// The frames whose window reaches into some of the passage's samples (at the model's rate).
    func frames(touching samples: Range<Int>) -> Range<Int> {
        let reach = frontEnd.windowSize / 2
        let first = (samples.lowerBound - reach).roundedDown(by: frontEnd.hopSize) + 1
        let end = (samples.upperBound + reach - 1).roundedDown(by: frontEnd.hopSize) + 1
        return max(first, 0)..<max(end, first, 0)
    }

    /// The frames whose centre lies in some of the passage's samples.
    func frames(centredIn samples: Range<Int>) -> Range<Int> {
        let hop = frontEnd.hopSize
        let first = (samples.lowerBound + hop - 1).roundedDown(by: hop)
        return first..<max(first, (samples.upperBound + hop - 1).roundedDown(by: hop))
    }

    /// The first band that reaches above a frequency; `bands` where none does.
    func firstBand(above hertz: Double) -> Int {
        // The edges come out of logarithms: one that is meant to be the frequency may be a hair above it.
        (0..<bands).first { edges[$0 + 2] > 1.0001 * hertz } ?? bands
    }

    /// The bands that reach into some frequencies.
    func bands(over band: Region.Band) -> Range<Int> {
        let first = firstBand(above: band.low)
        let end = (0..<bands).first { edges[$0] >= band.high } ?? bands
        return first..<max(first, end)
    }

    /// The latent cells that overlap some frames or bands.
    func cells(over range: Range<Int>) -> Range<Int> {
        range.lowerBound / factor..<(range.upperBound + factor - 1) / factor
    }
}

extension Int {
    /// The quotient rounded towards minus infinity.
    func roundedDown(by divisor: Int) -> Int {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
