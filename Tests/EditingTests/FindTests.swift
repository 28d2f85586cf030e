import Core
import Editing
import Foundation
import TestSupport
import Testing

/// What is found in sounds to which it was added, and what is not in those to which it was not.
@Suite struct FindTests {
    private static let rate = 44_100

    /// A chord over noise, with drum-like bursts.
    private func music(seconds: Double, seed: UInt64 = 1) -> [Float] {
        var random = TestRandom(seed: seed)
        return (0..<Int(seconds * Double(Self.rate))).map { index in
            let time = Double(index) / Double(Self.rate)
            let beat = time.truncatingRemainder(dividingBy: 0.4)
            let chord =
                0.1 * sin(2 * .pi * 220 * time) + 0.1 * sin(2 * .pi * 277 * time) + 0.05 * sin(2 * .pi * 1318 * time)
            return Float(chord) + (0.01 + 0.3 * Float(exp(-beat / 0.03))) * random.next()
        }
    }

    private func find(_ fault: Fault, _ channels: [[Float]], least: Double = 0.5) throws -> [Finding] {
        try Find.faults(fault, in: Waveform(channels: channels, rate: Self.rate), least: least)
    }

    private func level(_ samples: [Float], at frame: Int) -> Float {
        let near = samples[max(0, frame - 900)..<min(samples.count, frame + 900)]
        return (near.reduce(0) { $0 + $1 * $1 } / Float(near.count)).squareRoot()
    }

    /// Adds clicks of some lengths, 12 dB over the level around.
    private func scratched(_ samples: [Float], count: Int) -> (sound: [Float], places: [Int]) {
        var random = TestRandom(seed: 21)
        var result = samples
        let places = (0..<count).map { (2 * $0 + 1) * samples.count / (2 * count) + Int(2000 * random.next()) }
        for (index, place) in places.enumerated() {
            let peak = 4 * level(samples, at: place)
            let length = [6, 12, 24, 48][index % 4]
            for offset in 0..<length {
                result[place + offset] +=
                    peak * Float(exp(-3 * Double(offset) / Double(length))) * (offset % 2 == 0 ? 1 : random.next())
            }
        }
        return (result, places)
    }

    @Test func clicksAreFoundAndNothingElse() throws {
        let clean = music(seconds: 20)
        #expect(try find(.clicks, [clean]).isEmpty)
        let (scratched, places) = scratched(clean, count: 100)
        let found = try find(.clicks, [clean, scratched])
        let hits = places.count { place in
            found.contains { abs($0.region.start * Double(Self.rate) - Double(place)) < 60 }
        }
        #expect(hits >= 95, "\(hits) of 100")
        #expect(found.count <= places.count)
        #expect(found.allSatisfy { $0.confidence >= 0.5 && $0.region.duration < 0.004 })
    }

    @Test func clicksAreFilledAway() throws {
        let clean = music(seconds: 5)
        let (scratched, _) = scratched(clean, count: 20)
        let found = try find(.clicks, [scratched])
        let made = try JobFixture.editor().perform(
            Inpaint(regions: found.map(\.region)), on: Waveform(channels: [scratched], rate: Self.rate)
        ).channels[0]
        func error(_ samples: [Float]) -> Double { zip(samples, clean).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) } }
        // Half of them lie in noise, which nobody can foretell.
        #expect(10 * log10(error(scratched) / error(made)) > 4)
    }

    @Test func dropoutsAreFoundToTheSample() throws {
        var sound = music(seconds: 6)
        let ranges = [20_000..<20_060, 60_000..<61_323, 100_000..<113_000, 200_000..<204_410]
        for range in ranges { for frame in range { sound[frame] = 0 } }
        let found = try find(.dropouts, [sound])
        let frames = found.map {
            Int(($0.region.start * Double(Self.rate)).rounded())..<Int(($0.region.end * Double(Self.rate)).rounded())
        }
        #expect(frames == ranges)
    }

    /// Neither a sound that fades, nor a pause, nor the silence at the ends.
    @Test func pausesAreNoDropouts() throws {
        var sound = music(seconds: 6)
        for (index, range) in [0..<30_000, 100_000..<130_000, 220_000..<sound.count].enumerated() {
            for frame in range { sound[frame] = 0 }
            for step in 0..<6000 {
                let gain = Float(exp(-Double(6000 - step) / 700))
                if index > 0 { sound[range.lowerBound - 6000 + step] *= Float(exp(-Double(step) / 700)) }
                if index < 2 { sound[range.upperBound + step] *= gain }
            }
        }
        #expect(try find(.dropouts, [sound]).isEmpty)
        #expect(try find(.dropouts, [[Float](repeating: 0, count: 50_000)]).isEmpty)
    }

    @Test func clippingIsFoundAndPeaksAreNot() throws {
        let tone = (0..<Self.rate).map { 0.9 * Float(sin(2 * .pi * 60 * Double($0) / Double(Self.rate))) }
        #expect(try find(.clipping, [tone]).isEmpty)
        #expect(try find(.clipping, [music(seconds: 2)]).isEmpty)
        let clipped = tone.map { max(-0.5, min(0.5, $0)) }
        let found = try find(.clipping, [clipped])
        #expect(found.count == 120)
        let inside = found.reduce(0.0) { $0 + $1.region.duration } * Double(Self.rate)
        #expect(abs(inside - Double(clipped.count { abs($0) == 0.5 })) < 130)
    }

    @Test func whatSoundsLikeAnExampleIsFound() throws {
        var random = TestRandom(seed: 4)
        var sound = (0..<10 * Self.rate).map { _ in 0.01 * random.next() }
        let places = [1.0, 3.5, 6.2, 8.0]
        for (index, place) in places.enumerated() {
            for step in 0..<Self.rate / 2 {
                let time = Double(step) / Double(Self.rate)
                let gain = [0.4, 0.1, 0.3, 0.2][index] * exp(-time / 0.15)
                sound[Int(place * Double(Self.rate)) + step] += Float(gain * sin(2 * .pi * (1500 - 1500 * time) * time))
            }
        }
        let source = Waveform(channels: [sound], rate: Self.rate)
        let found = try Find.places(like: Region(start: 1, end: 1.5), of: source)
        #expect(found.count == 3)
        for (finding, place) in zip(found, places.dropFirst()) { #expect(abs(finding.region.start - place) < 0.02) }
        let file = Waveform(channels: [Array(sound[Self.rate..<3 * Self.rate / 2])], rate: Self.rate)
        #expect(try Find.places(like: file, in: source).count == 4)
        #expect(throws: EditingError.exampleTooShort(seconds: 0.01, shortest: 0.05)) {
            try Find.places(like: Region(start: 1, end: 1.01), of: source)
        }
    }

    @Test func shortSoundsAreSearchedToo() throws {
        for count in [1, 10, 100, 1000] {
            for fault in Fault.allCases {
                #expect(try find(fault, [music(seconds: 1).prefix(count).map { $0 }]).isEmpty)
            }
        }
    }
}
