internal import Core
internal import Foundation

/// The filters' responses by which channels are made out of one: in each band a gain for the sound itself and gains for versions of it
/// that are decorrelated from it and from each other; between the middles of the bands all gains go over in straight lines.
struct StereoResponses {
    /// The size of the transform.
    let size: Int
    /// One for each channel that was asked for.
    let spectra: [Spectrum]

    /// A gain below which nothing is heard.
    private static let least = 1e-4

    /// - Parameters:
    ///   - direct: the gains of the sound itself, `[band][channel]`.
    ///   - diffuse: the gains of the decorrelated versions, `[band][channel][version]`.
    ///   - channels: those that are asked for.
    init(_ direct: [[Double]], _ diffuse: [[[Double]]], of channels: [Int], _ bands: FrequencyBands) {
        size = 4 * bands.transform.fftSize
        let (size, count) = (self.size, 2 * bands.transform.fftSize + 1)
        var spectra = Parallel.map(channels.count) { row in
            var spectrum = Spectrum(bins: count)
            let own = direct.map { $0[channels[row]] }
            guard own.contains(where: { abs($0) > Self.least }) else { return spectrum }
            let gains = bands.interpolated(own, count: count, scale: 4)
            for bin in 0..<count { spectrum.real[bin] = Float(gains[bin]) }
            return spectrum
        }
        let versions = diffuse[0].indices.filter { version in
            diffuse.contains { band in channels.contains { abs(band[$0][version]) > Self.least } }
        }
        if !versions.isEmpty {
            let noises = Parallel.map(versions.count) {
                Decorrelator.spectrum(versions[$0], size: size, rate: bands.rate)
            }
            let isHeard = diffuse[0].indices.map { channel in
                diffuse[0].indices.map { version in diffuse.contains { abs($0[channel][version]) > Self.least } }
            }
            // [band][channel, version]
            let gains = diffuse.map { band in
                channels.flatMap { channel in versions.map { isHeard[channel][$0] ? Float(band[channel][$0]) : 0 } }
            }
            let stretches = Self.stretches(bands, count: count)
            let parts = Parallel.map(stretches.count) { index in
                let stretch = stretches[index]
                func mixed(_ part: (Spectrum) -> [Float]) -> [Float] {
                    let noise = noises.flatMap { part($0)[stretch.bins] }
                    func product(_ band: Int) -> [Float] {
                        MatrixProduct.product(
                            gains[band], noise, rows: channels.count, inner: versions.count,
                            columns: stretch.bins.count)
                    }
                    var result = product(stretch.band)
                    guard let shares = stretch.shares else { return result }
                    let next = product(stretch.band + 1)
                    for place in result.indices {
                        result[place] += shares[place % shares.count] * (next[place] - result[place])
                    }
                    return result
                }
                return (real: mixed(\.real), imaginary: mixed(\.imaginary))
            }
            for (stretch, part) in zip(stretches, parts) {
                for row in channels.indices {
                    for (column, bin) in stretch.bins.enumerated() {
                        let place = row * stretch.bins.count + column
                        spectra[row].real[bin] += part.real[place]
                        spectra[row].imaginary[bin] += part.imaginary[place]
                    }
                }
            }
        }
        self.spectra = spectra
    }

    /// Bins between the middles of two bands, and how far each is on its way from `band` to the next one; nil at the ends, where there is
    /// but one.
    private struct Stretch {
        let bins: Range<Int>
        let band: Int
        let shares: [Float]?
    }

    private static func stretches(_ bands: FrequencyBands, count: Int) -> [Stretch] {
        let centres = bands.bins.indices.map { 4 * bands.centre($0) }
        func first(after centre: Double) -> Int { min(count, Int(centre.rounded(.down)) + 1) }
        var result = [Stretch(bins: 0..<first(after: centres[0]), band: 0, shares: nil)]
        for band in centres.indices.dropLast() {
            let bins = first(after: centres[band])..<first(after: centres[band + 1])
            let width = centres[band + 1] - centres[band]
            result.append(
                Stretch(bins: bins, band: band, shares: bins.map { Float((Double($0) - centres[band]) / width) }))
        }
        let last = centres.count - 1
        result.append(Stretch(bins: first(after: centres[last])..<count, band: last, shares: nil))
        return result.filter { !$0.bins.isEmpty }
    }
}
