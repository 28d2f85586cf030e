internal import Foundation

/// Triangular filters at equal steps of Slaney's mel scale, each of unit area (M. Slaney, "Auditory Toolbox",
/// Interval Research technical report 1998-010): the matrix that `librosa.filters.mel` gives by default.
public struct MelFilterBank: Sendable {
    /// The number of filters.
    public let bands: Int
    /// The number of bins of a magnitude spectrum.
    public let bins: Int
    let filters: [Filter]

    /// A triangle over the bins from `first` on; all others are zero.
    struct Filter {
        let first: Int
        /// The triangle with unit area over Hz.
        let weights: [Float]
        /// The same triangle with a peak of 1: neighbours add up to 1 between their peaks.
        let heights: [Float]
    }

    /// Filters at equal steps of the mel scale between two frequencies.
    /// - Parameters:
    ///   - rate: the sampling rate in Hz.
    ///   - fftSize: the samples under the transform; there are `fftSize / 2 + 1` bins.
    ///   - bands: the number of filters.
    ///   - lowest: the lower edge of the lowest filter, in Hz.
    ///   - highest: the upper edge of the highest filter, in Hz.
    public init(rate: Int, fftSize: Int, bands: Int, lowest: Double, highest: Double) {
        precondition(bands > 0 && lowest >= 0 && highest > lowest, "impossible mel bands")
        self.bands = bands
        bins = fftSize / 2 + 1
        let low = Self.mel(hertz: lowest)
        let step = (Self.mel(hertz: highest) - low) / Double(bands + 1)
        let edges = (0..<bands + 2).map { Self.hertz(mel: low + step * Double($0)) }
        let frequencies = (0..<bins).map { Double($0) * Double(rate) / Double(fftSize) }
        filters = (0..<bands).map { band in
            let (left, middle, right) = (edges[band], edges[band + 1], edges[band + 2])
            let inside = frequencies.indices.filter { frequencies[$0] > left && frequencies[$0] < right }
            let heights = inside.map { bin in
                min((frequencies[bin] - left) / (middle - left), (right - frequencies[bin]) / (right - middle))
            }
            return Filter(
                first: inside.first ?? 0, weights: heights.map { Float($0 * 2 / (right - left)) },
                heights: heights.map { Float($0) })
        }
    }

    init(_ frontEnd: FrontEnd) {
        self.init(
            rate: frontEnd.samplingRate, fftSize: frontEnd.fftSize, bands: frontEnd.melBins, lowest: frontEnd.lowestHz,
            highest: frontEnd.highestHz)
    }

    /// The filters as a dense matrix, row-major [bands, bins].
    public var matrix: [Float] {
        var result = [Float](repeating: 0, count: bands * bins)
        for (band, filter) in filters.enumerated() {
            for (offset, weight) in filter.weights.enumerated() {
                result[band * bins + filter.first + offset] = weight
            }
        }
        return result
    }

    /// The place of a frequency on Slaney's scale: linear to 1000 Hz (15 mel), then logarithmic, 27 steps to a factor
    /// of 6.4.
    public static func mel(hertz: Double) -> Double {
        hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * log(hertz / 1000) / log(6.4)
    }

    /// The frequency in Hz of a place on Slaney's scale: the inverse of ``mel(hertz:)``.
    public static func hertz(mel: Double) -> Double {
        mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27)
    }

    /// Sums magnitudes under each filter.
    /// - Parameter spectra: magnitudes, row-major [T, bins].
    /// - Returns: the bands' magnitudes, row-major [T, bands].
    public func callAsFunction(_ spectra: [Float]) -> [Float] {
        precondition(spectra.count % bins == 0, "spectra of another number of bins than \(bins)")
        let frames = spectra.count / bins
        var result = [Float](repeating: 0, count: frames * bands)
        for frame in 0..<frames {
            for (band, filter) in filters.enumerated() {
                var sum: Float = 0
                let start = frame * bins + filter.first
                for offset in filter.weights.indices { sum += filter.weights[offset] * spectra[start + offset] }
                result[frame * bands + band] = sum
            }
        }
        return result
    }
}
