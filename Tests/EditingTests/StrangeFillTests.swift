import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

/// What both sides foretell joins a fill of another colour than the recording.
@Suite struct StrangeFillTests {
    private let rate = 48_000
    /// Frames of the fill over the recording to either side.
    private let margin = 12_000

    private func noise(_ count: Int, seed: UInt64, upTo frequency: Double) -> [Float] {
        var random = TestRandom(seed: seed)
        let filter = ConvolutionFilter.lowPass(pass: frequency, stop: 1.1 * frequency, rate: rate)
        return filter((0..<count).map { _ in 0.1 * (random.next() + random.next()) })
    }

    /// A region of a recording that is filled, by the splice alone and with what both sides foretell.
    private func filled(_ recording: [Float], _ region: Range<Int>, with fill: [Float]) -> (
        spliced: [Float], joined: [Float]
    ) {
        let (before, after) = (Array(recording[..<region.lowerBound]), Array(recording[region.upperBound...]))
        let spliced = Splice(rate: rate)(
            fill, before: Array(before.suffix(margin)), after: Array(after.prefix(margin)))
        let prediction = GapPrediction(
            before: [before], after: [after], count: region.count, rate: rate, isDoubted: true)
        let joined = prediction.filled(with: [fill], leading: margin, trailing: margin, spliced: [spliced])[0]
        return (spliced, joined)
    }

    /// How much the worse edge of a region sticks out, in dB.
    private func seam(_ recording: [Float], _ region: Range<Int>, _ made: [Float]) -> Double? {
        var figures = RegionFigures()
        figures.add(
            [made], before: [Array(recording[..<region.lowerBound])], after: [Array(recording[region.upperBound...])],
            rate: rate)
        return figures.seam
    }

    /// Hardly anything of noise is foretold: its edges are about as quiet as the splice's, whatever the fill's colour is.
    @Test(arguments: [(9000.0, 0.2), (12_000, 0.2), (12_000, 1), (18_000, 0.3)])
    func edgesAreQuiet(top: Double, seconds: Double) throws {
        let region = 2 * rate..<2 * rate + Int(seconds * Double(rate))
        let recording = noise(region.upperBound + 2 * rate, seed: 1, upTo: 9000)
        let fill = noise(region.count + 2 * margin, seed: 2, upTo: top)
        let made = filled(recording, region, with: fill)
        let (alone, joined) = (
            try #require(seam(recording, region, made.spliced)), try #require(seam(recording, region, made.joined))
        )
        #expect(joined < max(-2, alone + 8), "\(joined) dB, spliced \(alone) dB")
    }

    /// A tone that both sides foretell goes on through a fill that holds another one.
    @Test func aToneThatIsForetoldGoesOn() {
        let region = 2 * rate..<2 * rate + rate / 2
        func tone(_ frequency: Double, _ count: Int, seed: UInt64) -> [Float] {
            noise(count, seed: seed, upTo: 9000).enumerated().map {
                0.3 * Float(sin(2 * .pi * frequency * Double($0.offset) / Double(rate))) + 0.05 * $0.element
            }
        }
        let recording = tone(700, region.upperBound + 2 * rate, seed: 1)
        let fill = tone(760, region.count + 2 * margin, seed: 2)
        let made = filled(recording, region, with: fill)
        func share(_ samples: [Float]) -> Double {
            let middle = region.count / 4..<3 * region.count / 4
            let truth = recording[region.lowerBound + middle.lowerBound..<region.lowerBound + middle.upperBound]
            return JobFixture.correlation(samples[middle], truth)
        }
        #expect(share(made.spliced) < 0.5)
        #expect(share(made.joined) > 0.95)
    }
}
