import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

@Suite struct LevelMatchTests {
    private let rate = 48_000

    private func matched(_ fill: [Float], _ before: [Float], _ after: [Float], margin: Int) -> [Float] {
        let match = LevelMatch(fill, leading: margin, trailing: margin, before: before, after: after, rate: rate)
        return Array(match(fill, from: -margin)[margin..<fill.count - margin])
    }

    @Test(arguments: [0.2, 0.5, 2, 3.5] as [Float]) func steadyNoiseGetsItsSurroundingsLevel(gain: Float) {
        var sounds = TestSounds(seed: 1)
        let (before, after) = (sounds.noise(rate), sounds.noise(rate))
        let fill = sounds.noise(3 * rate / 2).map { $0 * gain }
        let result = matched(fill, before, after, margin: 12_000)
        #expect(abs(decibels(result) - decibels(before)) < 1)
    }

    @Test func aBandThatIsOffIsBroughtBack() {
        var sounds = TestSounds(seed: 2)
        let (before, after) = (sounds.noise(rate), sounds.noise(rate))
        // Too dull: 6 dB less above 2 kHz.
        let crossover = Crossover(cutoff: 2000, rate: rate)
        let bright = sounds.noise(3 * rate / 2)
        let fill = crossover(lower: bright, upper: bright.map { $0 / 2 })
        let result = matched(fill, before, after, margin: 12_000)
        let silence = [Float](repeating: 0, count: result.count)
        let high = crossover(lower: silence, upper: result)[5000..<40_000]
        let expected = crossover(lower: silence, upper: Array(bright[12_000..<12_000 + result.count]))[5000..<40_000]
        #expect(abs(decibels(high) - decibels(expected)) < 1)
    }

    @Test func whatVariesByItselfIsLeftAlone() {
        // Bursts of 0.2 s, 20 dB apart: a fill of one kind of them is as good as the other.
        var sounds = TestSounds(seed: 3)
        func bursts(_ count: Int) -> [Float] {
            sounds.noise(count * 9600).enumerated().map { $0.offset / 9600 % 2 == 0 ? $0.element : $0.element / 10 }
        }
        let (before, after) = (bursts(8), bursts(8))
        let fill = sounds.noise(9600 + 24_000, level: 0.03)
        let result = matched(fill, before, after, margin: 12_000)
        #expect(abs(decibels(result) - decibels(fill)) < 7)
    }

    /// What is off by no more than the surroundings vary is brought three quarters of the way, by halves in its bands and then in all of them; a short fill
    /// hardly, and none by more than 3 dB.
    @Test(arguments: [(1.0, 3.0, 2.25), (1, -3, -2.25), (0.05, 4, 0.4), (1, 12, 3)] as [(Double, Double, Double)])
    func anAllowedDifferenceIsTakenOffInPart(seconds: Double, below: Double, raised: Double) {
        var sounds = TestSounds(seed: 6)
        // Stretches of 1 s, 30 dB apart.
        func side() -> [Float] {
            sounds.noise(4 * rate).enumerated().map { $0.offset / rate % 2 == 0 ? $0.element : $0.element / 31.6 }
        }
        let (before, after) = (side(), side())
        let level = (decibels(before) + decibels(after)) / 2
        let noise = sounds.noise(Int(seconds * Double(rate)))
        let gain = Float(pow(10, (level - below - decibels(noise)) / 20))
        let fill = noise.map { $0 * gain }
        let result = matched(fill, before, after, margin: 0)
        #expect(abs(decibels(result) - decibels(fill) - raised) < 0.6)
    }

    @Test func aFillMuchTooLoudIsBroughtDown() {
        var sounds = TestSounds(seed: 4)
        let (before, after) = (
            sounds.rumble(rate, hertz: 300, level: 0.02), sounds.rumble(rate, hertz: 300, level: 0.02)
        )
        let fill = sounds.rumble(3 * rate / 2, hertz: 300, level: 0.15)
        let result = matched(fill, before, after, margin: 12_000)
        #expect(abs(decibels(result) - decibels(before)) < 2)
    }

    /// A soft fill is raised to its surroundings, but not so far that a burst in it gets louder than they ever are.
    @Test func noBurstIsRaisedAboveTheSurroundings() {
        var sounds = TestSounds(seed: 5)
        let (before, after) = (sounds.noise(rate), sounds.noise(rate))
        let burst = 30_000..<33_000
        let fill = sounds.noise(3 * rate / 2).enumerated().map { index, sample in
            (12_000..<60_000).contains(index) && !burst.contains(index) ? sample / 5 : sample
        }
        let result = matched(fill, before, after, margin: 12_000)
        func loudest(_ samples: [Float]) -> Double {
            stride(from: 0, to: samples.count - 2048, by: 512).map { decibels(samples[$0..<$0 + 2048]) }.max() ?? 0
        }
        #expect(loudest(result) < loudest(before) + 2)
    }

    @Test func nothingAroundChangesNothing() {
        var sounds = TestSounds(seed: 5)
        let fill = sounds.noise(9000)
        #expect(matched(fill, [], [], margin: 0) == fill)
    }
}

@Suite struct UpperBandTests {
    private let rate = 44_100
    private let top = 8000.0

    /// What the model's rate leaves of a sound.
    private func narrowed(_ samples: [Float]) throws -> [Float] {
        let low = try Resampler.resample(samples, from: rate, to: 16_000)
        return Array(try Resampler.resample(low, from: 16_000, to: rate).prefix(samples.count))
    }

    private func high(_ samples: [Float]) -> Double {
        let crossover = Crossover(cutoff: 9000, rate: rate)
        let silence = [Float](repeating: 0, count: samples.count)
        return decibels(crossover(lower: silence, upper: samples)[2000..<samples.count - 2000])
    }

    @Test func steadySoundKeepsItsUpperBand() throws {
        var sounds = TestSounds(seed: 1, rate: rate)
        for make in [{ (s: inout TestSounds) in s.noise(60_000) }, { s in s.rumble(60_000, hertz: 2000) }] {
            let (before, after, region) = (make(&sounds), make(&sounds), make(&sounds))
            let completion = try #require(UpperBand(before: before, after: after, top: top, rate: rate))
            let fill = try narrowed(region)
            #expect(high(fill) < high(region) - 20)
            let result = completion(fill, from: 100_000)
            #expect(abs(high(result) - high(region)) < 1.5, "\(high(result)) instead of \(high(region))")
            // Below the model's end nothing changes.
            let low = Crossover(cutoff: 7000, rate: rate)
            let silence = [Float](repeating: 0, count: fill.count)
            let change = low(lower: zip(result, fill).map { $0 - $1 }, upper: silence)
            #expect(decibels(change[2000..<58_000]) < decibels(fill) - 50)
        }
    }

    @Test func theUpperBandMovesWithTheFill() throws {
        var sounds = TestSounds(seed: 2, rate: rate)
        func bursts() -> [Float] {
            sounds.noise(60_000).enumerated().map { $0.offset / 10_000 % 2 == 0 ? $0.element : $0.element / 10 }
        }
        let completion = try #require(UpperBand(before: bursts(), after: bursts(), top: top, rate: rate))
        let region = bursts()
        let result = completion(try narrowed(region), from: 0)
        let crossover = Crossover(cutoff: 9000, rate: rate)
        let upper = crossover(lower: [Float](repeating: 0, count: 60_000), upper: result)
        let expected = crossover(lower: [Float](repeating: 0, count: 60_000), upper: region)
        for burst in 1..<5 {
            let range = burst * 10_000 + 2000..<burst * 10_000 + 8000
            #expect(abs(decibels(upper[range]) - decibels(expected[range])) < 3)
        }
    }

    @Test func steadyHissUnderMovingSoundStays() throws {
        var sounds = TestSounds(seed: 3, rate: rate)
        func scene() throws -> [Float] {
            let moving = sounds.noise(60_000).enumerated().map {
                $0.offset / 10_000 % 2 == 0 ? $0.element : $0.element / 10
            }
            return zip(try narrowed(moving), sounds.noise(60_000, level: 0.003)).map(+)
        }
        let completion = try #require(UpperBand(before: scene(), after: scene(), top: top, rate: rate))
        let region = try scene()
        let result = completion(try narrowed(region), from: 0)
        #expect(abs(high(result) - high(region)) < 3)
    }

    @Test func blocksAgree() throws {
        var sounds = TestSounds(seed: 4, rate: rate)
        let completion = try #require(
            UpperBand(before: sounds.noise(40_000), after: [], top: top, rate: rate))
        let fill = try narrowed(sounds.noise(60_000))
        let whole = completion(fill, from: 777)
        let start = 20_000 - completion.reach
        let part = completion(Array(fill[start..<50_000]), from: 777 + start)
        let inside = part[completion.reach..<completion.reach + 10_000]
        #expect(zip(inside, whole[20_000..<30_000]).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func aFileNoWiderThanTheModelNeedsNone() {
        var sounds = TestSounds(seed: 5, rate: 16_000)
        #expect(UpperBand(before: sounds.noise(20_000), after: [], top: 8000, rate: 16_000) == nil)
        #expect(UpperBand(before: [], after: [], top: 8000, rate: 44_100) == nil)
    }
}

@Suite struct StereoImageTests {
    private let rate = 44_100

    private func expectSameImage(
        _ surroundings: [[Float]], _ fill: [Float], _ location: SourceLocation = #_sourceLocation
    ) {
        let weights = [Float](repeating: 1 / Float(surroundings.count), count: surroundings.count)
        let image = StereoImage(surroundings, weights: weights, rate: rate)
        let result = image(fill)
        let inside = image.reach..<fill.count - image.reach
        for a in surroundings.indices {
            for b in 0..<a {
                let wanted = SoundMeasures.correlation(surroundings[a], surroundings[b]) ?? 0
                let found = SoundMeasures.correlation(Array(result[a][inside]), Array(result[b][inside])) ?? 0
                #expect(abs(wanted - found) < 0.1, "channels \(b) and \(a)", sourceLocation: location)
            }
        }
        // Level against level, as the mix goes.
        func mix(_ channels: [[Float]]) -> [Float] {
            channels[0].indices.map { frame in channels.reduce(0) { $0 + $1[frame] } / Float(channels.count) }
        }
        let change = decibels(fill) - decibels(mix(surroundings))
        for channel in surroundings.indices {
            let wanted = decibels(surroundings[channel]) + change
            #expect(
                abs(decibels(result[channel][inside]) - wanted) < 1.5, "channel \(channel)", sourceLocation: location)
        }
        let again = mix(result)
        #expect(decibels(inside.map { again[$0] - fill[$0] }) < decibels(fill) - 15, sourceLocation: location)
    }

    @Test(arguments: [0, 0.3, 0.7, 0.95] as [Float]) func twoChannelsKeepTheirCorrelation(share: Float) {
        var sounds = TestSounds(seed: 1, rate: rate)
        let (common, left, right) = (sounds.noise(88_200), sounds.noise(88_200), sounds.noise(88_200))
        let (a, b) = (share.squareRoot(), (1 - share).squareRoot())
        let channels = [zip(common, left).map { a * $0 + b * $1 }, zip(common, right).map { 0.5 * (a * $0 + b * $1) }]
        expectSameImage(channels, sounds.noise(60_000, level: 0.2))
    }

    @Test func differentBandsLieInDifferentPlaces() {
        var sounds = TestSounds(seed: 2, rate: rate)
        let (low, high) = (sounds.rumble(88_200, hertz: 200), sounds.noise(88_200, level: 0.02))
        expectSameImage(
            [zip(low, high).map(+), low],
            zip(sounds.rumble(60_000, hertz: 200), sounds.noise(60_000, level: 0.01)).map(+))
    }

    @Test func sixChannelsKeepTheirPlaces() {
        var sounds = TestSounds(seed: 3, rate: rate)
        let sources = (0..<4).map { _ in sounds.noise(88_200) }
        let gains: [[Float]] = [
            [1, 0.2, 0, 0], [0.2, 1, 0, 0], [0.7, 0.7, 0, 0], [0, 0, 0, 0], [0, 0.1, 1, 0], [0, 0, 0.3, 1],
        ]
        let channels = gains.map { row in
            (0..<88_200).map { frame in (0..<4).reduce(Float(0)) { $0 + row[$1] * sources[$1][frame] } }
        }
        let image = StereoImage(channels, weights: [Float](repeating: 1 / 6, count: 6), rate: rate)
        let result = image(sounds.noise(60_000))
        #expect(result[3].allSatisfy { $0 == 0 })
        for (a, b) in [(0, 1), (0, 2), (1, 2), (4, 5), (0, 4)] {
            let wanted = SoundMeasures.correlation(channels[a], channels[b]) ?? 0
            let found = SoundMeasures.correlation(result[a], result[b]) ?? 0
            #expect(abs(wanted - found) < 0.15, "channels \(a) and \(b): \(found) instead of \(wanted)")
        }
    }

    @Test func equalChannelsStayEqual() {
        var sounds = TestSounds(seed: 4, rate: rate)
        let (one, other, fill) = (sounds.noise(44_100), sounds.noise(44_100), sounds.noise(30_000))
        #expect(StereoImage([one, one], weights: [0.5, 0.5], rate: rate)(fill) == [fill, fill])
        let three = StereoImage([one, other, one], weights: [0.4, 0.2, 0.4], rate: rate)(fill)
        #expect(three[0] == three[2])
        #expect(three[0] != three[1])
        #expect(StereoImage([one], weights: [1], rate: rate)(fill) == [fill])
    }

    /// Of the passage that a fill was made of comes the place of what is found in both; the rest lies as the surroundings do.
    @Test func aPassageTellsWhereThingsLie() {
        var sounds = TestSounds(seed: 9, rate: rate)
        let weights: [Float] = [0.3, 0.3, 0.1, 0.3]
        let (left, right, count) = (sounds.noise(44_100), sounds.noise(44_100), 44_100)
        let silence = [Float](repeating: 0, count: count)
        // The surroundings have both sounds in all channels.
        let mixed = zip(left, right).map { $0 + $1 }
        let image = StereoImage([mixed, right, silence, mixed], weights: weights, rate: rate)
        let passage = [left, right, silence, left]
        let mix = (0..<count).map { frame in passage.indices.reduce(Float(0)) { $0 + weights[$1] * passage[$1][frame] }
        }
        let fill = mix.map { 0.7 * $0 }
        let result = PassageImage(weights: weights, rate: rate)(fill, of: passage, rest: image)
        for (channel, sound) in passage.enumerated() {
            let apart = zip(result[channel], sound).map { $0 - 0.7 * $1 }
            #expect(apart.allSatisfy { abs($0) < 1e-3 }, "channel \(channel)")
        }
        #expect(result[2] == silence && result[0] == result[3])
        // The mix of what is made is the fill, whatever the passage.
        let other = sounds.noise(count)
        let made = PassageImage(weights: weights, rate: rate)(other, of: passage, rest: image)
        let sums = (0..<count).map { frame in made.indices.reduce(Float(0)) { $0 + weights[$1] * made[$1][frame] } }
        #expect(zip(sums, other).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(
            PassageImage(weights: weights, rate: rate)(other, of: weights.map { _ in silence }, rest: image)
                == image(other))
    }

    @Test func channelsThatCancelStayBounded() {
        var sounds = TestSounds(seed: 5, rate: rate)
        let (one, fill) = (sounds.noise(44_100), sounds.noise(30_000))
        let result = StereoImage([one, one.map { -$0 }], weights: [0.5, 0.5], rate: rate)(fill)
        #expect(result.allSatisfy { decibels($0) < decibels(fill) + 13 })
        #expect((SoundMeasures.correlation(result[0], result[1]) ?? 0) < -0.9)
    }

    @Test func silenceGivesTheFillItself() {
        var sounds = TestSounds(seed: 6, rate: rate)
        let (silence, fill) = ([Float](repeating: 0, count: 9000), sounds.noise(3000))
        #expect(StereoImage([silence, silence], weights: [0.5, 0.5], rate: rate)(fill) == [fill, fill])
    }
}
