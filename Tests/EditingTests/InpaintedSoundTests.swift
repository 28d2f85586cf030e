import Core
import Editing
import Foundation
import TestSupport
import Testing

/// How a fill fits into its file: room, level, band.
@Suite struct InpaintedSoundTests {
    /// Noise with the peaks of a real one, which are far above its level.
    static func noise(_ count: Int, seed: UInt64) -> [Float] {
        var random = TestRandom(seed: seed)
        return (0..<count).map { _ in 0.05 * (random.next() + random.next() + random.next() + random.next()) }
    }

    private func filled(_ sound: [[Float]], rate: Int, _ region: Range<Int>) throws -> (
        sound: [[Float]], report: EditReport
    ) {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(sound, rate: rate, to: folder.appending(path: "a.wav"), .float32)
            let output = folder.appending(path: "b.wav")
            let region = Region(
                start: Double(region.lowerBound) / Double(rate), end: Double(region.upperBound) / Double(rate))
            let report = try JobFixture.editor().perform(
                Inpaint(regions: [region], settings: Settings(for: Inpaint.self, steps: 20)), source, to: output)
            #expect(report.networkCalls >= 2)
            return (try JobFixture.read(output), report)
        }
    }

    @Test(arguments: [Float(0), 0.5, 2])
    func theChannelsStayAsFarApartAsAround(_ own: Float) throws {
        let rate = 48_000
        let (both, left, right) = (
            Self.noise(4 * rate, seed: 1), Self.noise(4 * rate, seed: 2), Self.noise(4 * rate, seed: 3)
        )
        let sound = [left, right].map { channel in zip(both, channel).map { $0 + own * $1 } }
        let region = 3 * rate / 2..<5 * rate / 2
        let result = try filled(sound, rate: rate, region).sound
        let inside = JobFixture.correlation(result[0][region], result[1][region])
        let outside = JobFixture.correlation(sound[0][..<region.lowerBound], sound[1][..<region.lowerBound])
        #expect(abs(inside - outside) < 0.2, "\(inside) inside, \(outside) around")
        if own == 0 { #expect(result[0] == result[1]) }
    }

    @Test func aSilentChannelStaysSilentAndAnInvertedOneInverted() throws {
        let rate = 44_100
        let noise = Self.noise(3 * rate, seed: 4)
        let sound = [noise, noise.map { -$0 }, [Float](repeating: 0, count: noise.count)]
        let result = try filled(sound, rate: rate, rate..<2 * rate).sound
        #expect(result[2].allSatisfy { $0 == 0 })
        #expect(JobFixture.correlation(result[0][rate..<2 * rate], result[1][rate..<2 * rate]) < -0.99)
    }

    @Test func aSteadySoundKeepsItsLevelAndHasNoClick() throws {
        let rate = 48_000
        let report = try filled([Self.noise(4 * rate, seed: 5)], rate: rate, 3 * rate / 2..<5 * rate / 2).report
        let edit = try #require(report.edits.first)
        #expect(abs(try #require(edit.levelDifference)) < 3)
        #expect(try #require(edit.seam) < 3)
    }

    /// A recording of 3.6 kHz in a file of 48 kHz: the model makes its full band, and what the recording has not falls away.
    @Test func aDullFileStaysDull() throws {
        let rate = 48_000
        let noise = try Resampler.resample(Self.noise(4 * 8000, seed: 6), from: 8000, to: rate)
        let region = 3 * rate / 2..<5 * rate / 2
        let result = try filled([noise], rate: rate, region).sound[0]
        let transform = ShortTimeFourierTransform(fftSize: 4096, windowSize: 4096, hopSize: 1024)
        let magnitudes = transform.magnitudes(Array(result[region.lowerBound + 4096..<region.upperBound - 4096]))
        var powers = [Double](repeating: 0, count: transform.bins)
        for index in magnitudes.indices {
            powers[index % transform.bins] += Double(magnitudes[index] * magnitudes[index])
        }
        let (low, high) = (powers[..<300].reduce(0, +), powers[450...].reduce(0, +))
        #expect(10 * log10(high / low) < -50)
    }
}
