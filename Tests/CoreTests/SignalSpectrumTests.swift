import Core
import Foundation
import TestSupport
import Testing

@Suite struct SignalSpectrumTests {
    private func noise(_ count: Int) -> [Float] {
        var random = TestRandom(seed: UInt64(count))
        return (0..<count).map { _ in random.next() }
    }

    @Test(arguments: [1, 2, 3, 8, 15, 64, 251, 480])
    func theTransformIsTheSum(size: Int) {
        let samples = noise(size)
        let spectrum = FourierTransform.ofSize(size).forward(samples)
        #expect(spectrum.real.count == size / 2 + 1)
        for bin in spectrum.real.indices {
            var (real, imaginary) = (0.0, 0.0)
            for (n, sample) in samples.enumerated() {
                let angle = -2 * Double.pi * Double(bin * n) / Double(size)
                real += Double(sample) * cos(angle)
                imaginary += Double(sample) * sin(angle)
            }
            #expect(abs(Double(spectrum.real[bin]) - real) < 1e-4)
            #expect(abs(Double(spectrum.imaginary[bin]) - imaginary) < 1e-4)
        }
        let back = FourierTransform.ofSize(size).inverse(spectrum)
        #expect(mismatch(Tensor(back, shape: [size]), Tensor(samples, shape: [size]), absolute: 1e-5) == nil)
    }

    @Test(arguments: [(1024, 1024, 160), (512, 400, 100), (3072, 3072, 480), (75, 75, 25)])
    func theInverseGivesTheSoundBack(sizes: (Int, Int, Int)) {
        let transform = ShortTimeFourierTransform(fftSize: sizes.0, windowSize: sizes.1, hopSize: sizes.2)
        let samples = noise(10 * sizes.2 + 19)
        let spectrogram = transform(samples)
        #expect(spectrogram.frames == 11)
        let length = 10 * sizes.2
        let back = transform.inverse(spectrogram)
        #expect(
            mismatch(
                Tensor(back, shape: [length]), Tensor(Array(samples.prefix(length)), shape: [length]), absolute: 1e-5)
                == nil)
        #expect(transform.inverse(spectrogram, length: 123) == Array(back.prefix(123)))
        #expect(spectrogram.magnitudes == transform.magnitudes(samples))
    }

    @Test func aSignalShorterThanTheReflectionIsFoldedAgain() {
        // 1 2 3, reflected by numpy.pad(..., mode="reflect"): 2 1 | 2 3 2 1 2 3 2 1 ...
        let transform = ShortTimeFourierTransform(fftSize: 16, windowSize: 16, hopSize: 16)
        let folded: [Float] = [1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2]
        let window = ShortTimeFourierTransform.hannWindow(16)
        let expected = FourierTransform.ofSize(16).forward(zip(folded, window).map { $0 * $1 })
        #expect(transform([1, 2, 3]).real == expected.real)
    }
}
