internal import Core

/// Takes everything below a cut-off from one sound and everything above it from another.
///
/// The two filters are of linear phase and add up to 1 exactly: where both sounds are the same, so is the result.
/// Below 0.9 times the cut-off the result is the lower sound, above the cut-off it is the upper one, each to 80 dB.
struct Crossover: Sendable {
    /// Hz.
    let cutoff: Double
    private let lowPass: ConvolutionFilter

    /// - Parameters:
    ///   - cutoff: in Hz, above 0 and at most half the rate.
    ///   - rate: of both sounds.
    init(cutoff: Double, rate: Int) {
        precondition(cutoff > 0 && cutoff <= Double(rate) / 2, "a cut-off of \(cutoff) Hz at \(rate) Hz")
        self.cutoff = cutoff
        lowPass = .lowPass(pass: 0.9 * cutoff, stop: cutoff, rate: rate)
    }

    /// Samples to either side that a sample of the result depends on.
    var reach: Int { lowPass.reach }

    /// What is taken from each of the two sounds.
    func parts(lower: [Float], upper: [Float]) -> (lower: [Float], upper: [Float]) {
        (lowPass(lower), zip(upper, lowPass(upper)).map { $0 - $1 })
    }

    /// `lower` below the cut-off and `upper` above it, as many samples as both have.
    func callAsFunction(lower: [Float], upper: [Float]) -> [Float] {
        precondition(lower.count == upper.count, "two sounds of different lengths")
        // Filtering the difference makes the filters complementary, and leaves equal sounds untouched.
        let band = lowPass(zip(lower, upper).map { $0 - $1 })
        return zip(upper, band).map { $0 + $1 }
    }
}
