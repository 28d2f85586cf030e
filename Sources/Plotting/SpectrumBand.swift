/// The bins of a power spectrum that one row of a picture shows.
struct SpectrumBand {
    private let bins: Range<Int>
    /// Between the first bin and the one before it, for a row that is narrower than a bin.
    private let fraction: Float

    /// - Parameters:
    ///   - low: the bin, not always a whole one, at which the row begins.
    ///   - middle: the bin in its middle.
    ///   - high: the bin at which it ends.
    ///   - last: the last bin of the spectrum. A row above it stays silent.
    init(low: Double, middle: Double, high: Double, last: Int) {
        if middle > Double(last) {
            bins = 0..<0
            fraction = 0
        } else if high - low >= 1 {
            bins = Int(low.rounded(.up))..<min(last, Int(high)) + 1
            fraction = 0
        } else {
            let lower = min(last - 1, Int(middle))
            bins = lower..<lower + 2
            fraction = Float(middle - Double(lower))
        }
    }

    /// The strongest bin of a wide row, so that a thin line is not lost; between two bins of a narrow one.
    func power(in spectrum: [Float]) -> Float {
        if bins.isEmpty { return 0 }
        if fraction > 0 {
            return spectrum[bins.lowerBound] * (1 - fraction) + spectrum[bins.lowerBound + 1] * fraction
        }
        return spectrum[bins].max() ?? 0
    }
}
