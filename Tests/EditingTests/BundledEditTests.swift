import Core
import Editing
import Foundation
import TestSupport
import Testing

/// One whole edit of each job with the model that ships, and figures that a model with other weights does not reach.
@Suite struct BundledEditTests {
    private let bundled: Editor
    /// A model of the same layout with random weights: what every figure must tell from the real one.
    private let broken: Editor

    init() throws {
        bundled = try Editor()
        broken = try JobFixture.editor()
    }

    private static func recording(_ name: String) throws -> Waveform {
        let file = try AudioFile(Fixture.url("../../Examples/demo/\(name).flac"))
        return Waveform(channels: try file.read(frames: 0..<file.frames), rate: file.rate)
    }

    /// Mean levels of bands of a third of an octave within some frequencies, in dB.
    private func levels(_ samples: ArraySlice<Float>, rate: Int, from low: Double, to high: Double) -> [Double] {
        let size = 2048
        let transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: size / 2)
        let magnitudes = transform.magnitudes(Array(samples))
        var powers = [Double](repeating: 0, count: transform.bins)
        for index in magnitudes.indices {
            powers[index % transform.bins] += Double(magnitudes[index] * magnitudes[index])
        }
        let frames = Double(magnitudes.count / transform.bins)
        var bands: [Double] = []
        var edge = low
        while edge * 1.26 <= high {
            let bins = Int(edge * Double(size) / Double(rate))..<Int(edge * 1.26 * Double(size) / Double(rate))
            bands.append(10 * log10(powers[bins].reduce(0, +) / frames / Double(bins.count) + 1e-12))
            edge *= 1.26
        }
        return bands
    }

    /// The mean distance of two sounds' bands in dB.
    private func distance(
        _ a: ArraySlice<Float>, _ b: ArraySlice<Float>, rate: Int, from low: Double, to high: Double
    ) -> Double {
        let pairs = zip(levels(a, rate: rate, from: low, to: high), levels(b, rate: rate, from: low, to: high))
        let distances = pairs.map { abs($0 - $1) }
        return distances.reduce(0, +) / Double(distances.count)
    }

    /// Level in dB of each 50 ms.
    private func envelope(_ samples: [Float], rate: Int) -> [Float] {
        stride(from: 0, to: samples.count - rate / 20, by: rate / 20).map {
            Float(max(-60, JobFixture.level(samples[$0..<$0 + rate / 20])))
        }
    }

    private func correlation(_ a: [Float], _ b: [Float]) -> Double {
        func centred(_ values: [Float]) -> [Float] {
            let mean = values.reduce(0, +) / Float(values.count)
            return values.map { $0 - mean }
        }
        return JobFixture.correlation(centred(a)[...], centred(b)[...])
    }

    @Test func aFillFromNothingSoundsAsWhatIsAroundIt() throws {
        let steam = try Self.recording("steam")
        let region = Int(0.8 * Double(steam.rate))..<Int(1.6 * Double(steam.rate))
        let request = try Inpaint(
            regions: [Region(start: 0.8, end: 1.6)], strength: 1, settings: Settings(for: Inpaint.self, steps: 10))
        func error(_ editor: Editor) throws -> Double {
            let result = try editor.perform(request, on: steam)
            return distance(
                result.channels[0][region], steam.channels[0][region], rate: steam.rate, from: 100, to: 16_000)
        }
        #expect(try error(bundled) < 2.5)
        #expect(try error(broken) > 5)
    }

    /// A sound that comes again and again comes again in the gap as it is; changed by more it is another one of its kind.
    @Test(arguments: [0.75, 0.7437]) func whatRepeatsComesAgainAsItIs(seconds: Double) throws {
        let drums = try Self.recording("drumroll")
        // As long as so many mel frames, and not.
        let period = Int(seconds * Double(drums.rate))
        let beat = Array(drums.channels[0][..<period])
        let sound = Waveform(channels: [Array(repeating: beat, count: 7).flatMap(\.self)], rate: drums.rate)
        let region = Int(2.2 * Double(drums.rate))..<Int(2.9 * Double(drums.rate))
        func likeness(_ strength: Double?) throws -> Double {
            let result = try bundled.perform(
                Inpaint(regions: [Region(start: 2.2, end: 2.9)], strength: strength, start: .passage), on: sound)
            return JobFixture.correlation(result.channels[0][region], sound.channels[0][region])
        }
        let found = try [nil, 0.8].map(likeness)
        #expect(found[0] > 0.9 && found[1] < 0.5, "\(found)")
    }

    /// What sounded on one side does so again in a fill, and is not spread.
    @Test func whatLiesOnOneSideDoesSoInAFill() throws {
        let drums = try Self.recording("drumroll")
        let period = Int(0.4 * Double(drums.rate))
        let (one, other) = (drums.channels[0][..<period], drums.channels[0][period..<2 * period])
        func turns(_ first: ArraySlice<Float>, _ second: ArraySlice<Float>) -> [Float] {
            (0..<8).flatMap { _ in first + second.map { 0.1 * $0 } }
        }
        let left = turns(one, other)
        let right = (0..<8).flatMap { _ in one.map { 0.1 * $0 } + other }
        let sound = Waveform(channels: [left, right], rate: drums.rate)
        let region = Int(2.5 * Double(drums.rate))..<Int(3.7 * Double(drums.rate))
        func side(_ sound: Waveform) -> ArraySlice<Float> {
            zip(sound.channels[0], sound.channels[1]).map { $0 - $1 }[region]
        }
        func likeness(_ strength: Double?) throws -> Double {
            let result = try bundled.perform(
                Inpaint(regions: [Region(start: 2.5, end: 3.7)], strength: strength, start: .passage), on: sound)
            return JobFixture.correlation(side(result), side(sound))
        }
        let found = try [nil, 0.8].map(likeness)
        #expect(found[0] > 0.85 && found[1] < 0.5, "\(found)")
    }

    /// The power of samples at 48 kHz between two frequencies, in dB.
    private func level(_ samples: some Sequence<Float>, from low: Double, to high: Double) -> Double {
        let filtered = [high, low].map {
            ConvolutionFilter.lowPass(pass: $0 - 50, stop: $0 + 50, rate: 48_000)(Array(samples))
        }
        let power = zip(filtered[0], filtered[1]).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
        return 10 * log10(power / Double(filtered[0].count) + 1e-20)
    }

    /// Noise of 6 s at 48 kHz.
    private func noise(_ seed: UInt64, from low: Double = 0, to high: Double) -> [Float] {
        var random = TestRandom(seed: seed)
        let white = (0..<288_000).map { _ in 0.1 * random.next() }
        let below = ConvolutionFilter.lowPass(pass: high - 200, stop: high + 200, rate: 48_000)(white)
        guard low > 0 else { return below }
        return zip(below, ConvolutionFilter.lowPass(pass: low - 200, stop: low + 200, rate: 48_000)(below)).map {
            $0 - $1
        }
    }

    /// A recording that went through a codec ends just below the model's highest bands: there its fill has no notch, and nothing above.
    @Test func aFillEndsWhereItsRecordingDoes() throws {
        let sound = Waveform(channels: [noise(1, to: 15_600)], rate: 48_000)
        let result = try bundled.perform(Inpaint(regions: [Region(start: 2.5, end: 3.5)], start: .passage), on: sound)
        let (inside, around) = (result.channels[0][124_800..<163_200], sound.channels[0][48_000..<110_000])
        for low in stride(from: 13_000.0, to: 15_000, by: 500) {
            let difference = level(inside, from: low, to: low + 400) - level(around, from: low, to: low + 400)
            #expect(abs(difference) < 3, "\(low) Hz: \(difference) dB")
        }
        let above = level(inside, from: 16_200, to: 17_500) - level(inside, from: 14_000, to: 15_000)
        #expect(above < -40, "\(above) dB")
    }

    /// What sounds above the model's bands comes from the passage, too, and is no steady noise.
    @Test func aFillHasItsPassagesTreble() throws {
        let treble = noise(2, from: 19_000, to: 22_000)
        let sound = Waveform(
            channels: [zip(noise(1, to: 12_000), treble.indices).map { $0 + ($1 % 9600 < 2400 ? treble[$1] : 0) }],
            rate: 48_000)
        let result = try bundled.perform(Inpaint(regions: [Region(start: 2.5, end: 3.5)], start: .passage), on: sound)
        let levels = stride(from: 124_800, to: 163_200, by: 1200).map {
            level(result.channels[0][$0..<$0 + 1200], from: 19_500, to: 21_500)
        }.sorted()
        #expect(levels[levels.count - 4] - levels[3] > 30, "\(levels)")
    }

    /// Beyond the ends, too, in either direction.
    @Test func whatRepeatsGoesOnAsItIs() throws {
        let drums = try Self.recording("drumroll")
        let beat = Array(drums.channels[0][..<Int(0.7437 * Double(drums.rate))])
        let sound = Waveform(channels: [Array(repeating: beat, count: 5).flatMap(\.self)], rate: drums.rate)
        let seconds = Double(beat.count) / Double(drums.rate)
        func likenesses(_ strength: Double?) throws -> [Double] {
            let result = try bundled.perform(Extend(before: seconds, after: seconds, strength: strength), on: sound)
            return [result.channels[0].prefix(beat.count), result.channels[0].suffix(beat.count)].map {
                JobFixture.correlation($0, beat[...])
            }
        }
        let found = try [nil, 0.8].map(likenesses)
        #expect(found[0].allSatisfy { $0 > 0.9 } && found[1].allSatisfy { $0 < 0.5 }, "\(found)")
    }

    @Test func theBandThatIsAddedIsTheOneThatWasThere() throws {
        let steam = try Self.recording("steam")
        let dull = Waveform(
            channels: try steam.channels.map { try Resampler.resample($0, from: steam.rate, to: 8000) }, rate: 8000)
        let request = try Upsample(rate: steam.rate)
        func error(_ editor: Editor) throws -> Double {
            let result = try editor.perform(request, on: dull)
            return distance(
                result.channels[0][...], steam.channels[0][...], rate: steam.rate, from: 4200, to: 16_000)
        }
        #expect(try error(bundled) < 9)
        #expect(try error(broken) > 12)
    }

    /// The less strength, the more of the rhythm stays.
    @Test func aRestyledSoundKeepsItsRhythm() throws {
        let drums = try Self.recording("drumroll")
        func kept(_ editor: Editor, _ strength: Double) throws -> Double {
            let result = try editor.perform(
                Restyle(
                    strength: strength, keep: .none, condition: Condition(prompt: "a motor engine running"),
                    settings: Settings(for: Restyle.self, steps: 10)), on: drums)
            return correlation(
                envelope(result.channels[0], rate: drums.rate), envelope(drums.channels[0], rate: drums.rate))
        }
        let shares = try [0.2, 0.5, 1].map { try kept(bundled, $0) }
        #expect(shares[0] > shares[1] && shares[1] > shares[2])
        #expect(shares[0] > 0.5 && shares[2] < 0.3)
        #expect(try kept(broken, 0.2) < 0.15)
    }

    /// Rain is steady, a barking dog is not.
    @Test func aGeneratedSoundIsOfItsKind() throws {
        func unevenness(_ editor: Editor, _ prompt: String) throws -> Float {
            let sound = try editor.perform(
                Generate(
                    duration: 4, takes: 1, condition: Condition(prompt: prompt),
                    settings: Settings(for: Generate.self, steps: 12)))
            let levels = envelope(sound.channels[0], rate: sound.rate)
            let mean = levels.reduce(0, +) / Float(levels.count)
            return (levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(levels.count)).squareRoot()
        }
        func difference(_ editor: Editor) throws -> Float {
            try unevenness(editor, "a dog barking") - unevenness(editor, "rain falling on a tin roof")
        }
        #expect(try difference(bundled) > 8)
        #expect(try difference(broken) < 2)
    }
}
