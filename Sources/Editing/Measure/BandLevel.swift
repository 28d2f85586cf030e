internal import Core
internal import Foundation

/// The mean level of a band, gathered stretch by stretch.
struct BandLevel {
    private let bands: FrequencyBands
    private var power = 0.0
    private var weight = 0.0

    init(_ band: Region.Band, rate: Int) {
        bands = FrequencyBands(
            rate: rate, from: min(band.low, 0.49 * Double(rate)), to: min(band.high, Double(rate) / 2))
    }

    /// Takes some frames, `[channel][frame]`; too few to tell anything are left out.
    mutating func add(_ channels: [[Float]]) {
        for samples in channels {
            guard let powers = bands.powers(of: samples) else { continue }
            let sum = zip(bands.bins, powers).reduce(0) { $0 + Double($1.0.count) * $1.1 }
            power += Double(samples.count) * sum
            weight += Double(samples.count)
        }
    }

    /// nil for silence, and for nothing.
    var decibels: Double? { weight > 0 && power / weight > 1e-11 ? 10 * log10(power / weight) : nil }
}
