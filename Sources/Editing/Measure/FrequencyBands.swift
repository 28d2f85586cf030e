internal import Core
internal import Foundation

/// Bands of the spectrum, each a third of an octave wide and at least 100 Hz, and powers within them.
struct FrequencyBands {
    let transform: ShortTimeFourierTransform
    /// The bins of each band, without gaps.
    let bins: [Range<Int>]
    let rate: Int

    /// - Parameters:
    ///   - lowest, highest: Hz.
    ///   - seconds: the length of one transform, rounded to a power of two.
    init(rate: Int, from lowest: Double = 0, to highest: Double? = nil, seconds: Double = 0.0427) {
        self.rate = rate
        let size = Self.size(seconds: seconds, rate: rate)
        transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: size / 4)
        let width = Double(rate) / Double(size)
        let last = min(size / 2 + 1, max(1, Int((highest ?? Double(rate) / 2) / width) + 1))
        var first = min(last - 1, Int(lowest / width))
        var bands: [Range<Int>] = []
        while first < last {
            let step = max(100, Double(first) * width * (exp2(1.0 / 3) - 1))
            let end = min(last, first + max(1, Int((step / width).rounded())))
            bands.append(first..<end)
            first = end
        }
        bins = bands
    }

    static func size(seconds: Double, rate: Int) -> Int {
        var size = 64
        while Double(size) * 1.41 < seconds * Double(rate) { size *= 2 }
        return size
    }

    /// The middle of a band in bins.
    func centre(_ band: Int) -> Double { Double(bins[band].lowerBound + bins[band].upperBound - 1) / 2 }

    /// Spectra of all frames that lie wholly within the samples, or of the one in the middle where none does.
    func frames(of samples: [Float]) -> (spectrogram: Spectrogram, frames: Range<Int>) {
        let spectrogram = transform(samples)
        let half = transform.fftSize / 2
        let first = (half + transform.hopSize - 1) / transform.hopSize
        let end = max(0, samples.count - half) / transform.hopSize + 1
        return (spectrogram, first < end ? first..<end : spectrogram.frames / 2..<spectrogram.frames / 2 + 1)
    }

    /// The mean power per bin in each band, averaged over the frames; nil for too few samples.
    func powers(of samples: [Float]) -> [Double]? {
        guard samples.count >= transform.hopSize else { return nil }
        let (spectrogram, frames) = frames(of: samples)
        return bins.map { band in
            var sum = 0.0
            for frame in frames { sum += Self.power(spectrogram, frame, band) }
            return sum / Double(frames.count)
        }
    }

    /// The mean power per bin of one frame in some bins.
    static func power(_ spectrogram: Spectrogram, _ frame: Int, _ bins: Range<Int>) -> Double {
        var sum = 0.0
        for bin in bins {
            let index = frame * spectrogram.bins + bin
            let (real, imaginary) = (Double(spectrogram.real[index]), Double(spectrogram.imaginary[index]))
            sum += real * real + imaginary * imaginary
        }
        return sum / Double(bins.count)
    }

    /// The projection of a sound on another one in some bins of a frame, as the product of both and the power of the other: their
    /// quotient says how much of the other one there is in the sound.
    static func projection(of sound: Spectrogram, on other: Spectrogram, _ frame: Int, _ bins: Range<Int>) -> (
        product: Double, power: Double
    ) {
        var (product, power) = (0.0, 0.0)
        for index in bins.shifted(by: frame * other.bins) {
            let (a, b) = (Double(other.real[index]), Double(other.imaginary[index]))
            product += a * Double(sound.real[index]) + b * Double(sound.imaginary[index])
            power += a * a + b * b
        }
        return (product, power)
    }

    /// Multiplies what each band has in each frame of a spectrogram by a gain.
    func scale(_ spectrogram: inout Spectrogram, by gain: (_ frame: Int, _ band: Int) -> Float) {
        for frame in 0..<spectrogram.frames {
            for (band, bins) in bins.enumerated() {
                let gain = gain(frame, band)
                for index in bins.shifted(by: frame * spectrogram.bins) {
                    spectrogram.real[index] *= gain
                    spectrogram.imaginary[index] *= gain
                }
            }
        }
    }

    /// One value per band drawn out over `count` bins of a grid as wide as the transform's times `scale`, linearly from
    /// centre to centre.
    func interpolated(_ values: [Double], count: Int, scale: Double = 1) -> [Double] {
        let centres = bins.indices.map { centre($0) * scale }
        var band = 0
        return (0..<count).map { bin in
            let place = Double(bin)
            while band + 1 < centres.count && centres[band + 1] <= place { band += 1 }
            guard band + 1 < centres.count, place > centres[band] else { return values[band] }
            let share = (place - centres[band]) / (centres[band + 1] - centres[band])
            return values[band] + share * (values[band + 1] - values[band])
        }
    }
}
