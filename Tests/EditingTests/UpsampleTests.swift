import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

@Suite struct UpsampleTests {
    let editor: Editor
    static let settings = try! Settings(for: Upsample.self, steps: 4)

    init() throws { editor = try JobFixture.editor() }

    /// The magnitudes of a long transform, per bin, and the bin of a frequency.
    private func spectrum(_ samples: [Float], rate: Int) -> (power: [Float], bin: (Double) -> Int) {
        let size = 1 << 14
        let transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: size / 2)
        let magnitudes = transform.magnitudes(samples)
        var power = [Float](repeating: 0, count: transform.bins)
        for index in magnitudes.indices { power[index % transform.bins] += magnitudes[index] * magnitudes[index] }
        return (power, { Int($0 * Double(size) / Double(rate)) })
    }

    @Test(arguments: [(8000, 1), (16_000, 2), (22_050, 1)])
    func theOwnBandIsKeptAndAnotherComes(_ rate: Int, _ channels: Int) throws {
        try Fixture.withTemporaryFolder { folder in
            let sound = JobFixture.sound(seconds: 3, rate: rate, channels: channels)
            let source = try JobFixture.write(sound, rate: rate, to: folder.appending(path: "a.wav"), .float32)
            let output = folder.appending(path: "b.wav")
            let cutoff = 0.45 * Double(rate)
            let report = try editor.perform(Upsample(cutoff: cutoff, settings: Self.settings), source, to: output)
            #expect(report.rate == 48_000 && report.channels == channels && report.cutoff == cutoff)
            let result = try JobFixture.read(output)
            #expect(result[0].count == 3 * 48_000)
            for channel in 0..<channels {
                let plain = try Resampler.resample(sound[channel], from: rate, to: 48_000)
                let difference = zip(result[channel], plain).map { $0 - $1 }
                let (rest, bin) = spectrum(difference, rate: 48_000)
                let (power, _) = spectrum(plain, rate: 48_000)
                let band = 1..<bin(0.9 * cutoff)
                #expect(
                    10 * log10(rest[band].reduce(0, +) / power[band].reduce(0, +)) < -60,
                    "below the cut-off, channel \(channel)")
                #expect(rest[bin(1.1 * cutoff)..<bin(16_000)].reduce(0, +) > 0)
            }
        }
    }

    /// The model's first version of the band counts as much as it is asked for; a model that has none makes it from nothing.
    @Test func theFirstVersionCounts() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 2, rate: 8000, channels: 1), rate: 8000, to: folder.appending(path: "a.wav"))
            let plain = folder.appending(path: "plain")
            try FileManager.default.copyItem(at: JobFixture.model, to: plain)
            try FileManager.default.removeItem(at: plain.appending(path: "band_extension"))
            func upsampled(_ editor: Editor, _ strength: Double?) throws -> [Float] {
                let output = folder.appending(path: "\(UUID().uuidString).wav")
                try editor.perform(Upsample(strength: strength, settings: Self.settings), source, to: output)
                return try JobFixture.read(output)[0]
            }
            let other = try Editor(model: plain)
            let results = try [nil, 0.5, 0, 1].map { try upsampled(editor, $0) }
            #expect(results[0] == results[1])
            #expect(Set(results).count == 3)
            let fromNothing = try [nil, 0.5].map { try upsampled(other, $0) }
            #expect(fromNothing[0] == fromNothing[1])
            #expect(fromNothing[0] != results[3])
        }
    }

    @Test func lengthsAndRates() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 12.34, rate: 8000, channels: 1), rate: 8000,
                to: folder.appending(path: "a.wav"))
            for rate in [22_050, 96_000] {
                let output = folder.appending(path: "\(rate).wav")
                let report = try editor.perform(
                    Upsample(cutoff: 3600, rate: rate, settings: Self.settings), source, to: output)
                #expect(report.rate == rate)
                let file = try AudioFile(output)
                #expect(file.rate == rate && file.frames == Resampler.length(98_720, from: 8000, to: rate))
            }
        }
    }

    /// The band of each channel above 4 kHz, made for noise of 8 kHz.
    private func treble(of channels: [[Float]]) throws -> [[Float]] {
        let made = try editor.perform(
            Upsample(cutoff: 3600, rate: 48_000, settings: Self.settings),
            on: Waveform(channels: channels, rate: 8000))
        let filter = ConvolutionFilter.lowPass(pass: 3700, stop: 4000, rate: 48_000)
        return made.channels.map { samples in zip(samples, filter(samples)).map { $0 - $1 } }
    }

    private func correlation(_ a: [Float], _ b: [Float]) -> Double {
        func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
    }

    private func level(_ samples: some Collection<Float>) -> Double {
        10 * log10(samples.reduce(1e-20) { $0 + Double($1) * Double($1) } / Double(samples.count))
    }

    @Test func theTrebleLiesInTheRoomAsTheHighestOctaveDoes() throws {
        var random = TestRandom(seed: 5)
        let (one, other) = (
            (0..<24_000).map { _ in 0.2 * random.next() }, (0..<24_000).map { _ in 0.2 * random.next() }
        )
        let apart = try treble(of: [one, other])
        #expect(abs(correlation(apart[0], apart[1])) < 0.15)
        #expect(abs(level(apart[0]) - level(apart[1])) < 1)
        let together = try treble(of: [one, one])
        let isEqual = together[0] == together[1]
        #expect(isEqual)
        let turned = try treble(of: [one, one.map { -$0 }])
        #expect(correlation(turned[0], turned[1]) < -0.999)
        let panned = try treble(of: [one, one.map { 0.25 * $0 }])
        #expect(abs(level(panned[0]) - level(panned[1]) - 12.04) < 0.1)
    }

    @Test func aChannelOfLowTonesGetsNoTreble() throws {
        var random = TestRandom(seed: 6)
        let noise = (0..<24_000).map { _ in 0.2 * random.next() }
        let low = (0..<24_000).map { 0.5 * sin(2 * Float.pi * 60 * Float($0) / 8000) }
        let made = try treble(of: [noise, noise, low])
        #expect(level(made[0]) - level(made[2]) > 60)
    }

    @Test(arguments: [1, 2]) func pausesStaySilent(_ channels: Int) throws {
        var random = TestRandom(seed: 7)
        let words = (0..<24_000).map { $0 / 6000 % 2 == 0 ? 0.3 * random.next() : 0 }
        let made = try treble(of: [[Float]](repeating: words, count: channels))
        for samples in made {
            #expect(level(samples[12_000..<24_000]) > -60)
            #expect(level(samples[42_000..<66_000]) < -90)
        }
    }

    @Test(arguments: [1500.0, 4000]) func gentleLowPassesAreFound(_ cutoff: Double) throws {
        var random = TestRandom(seed: 8)
        let rate = 48_000
        let noise = (0..<4 * rate).map { _ in 0.3 * random.next() }
        // Butterworth's fourth order: two pairs of poles, by the bilinear transform.
        let warped = tan(.pi * cutoff / Double(rate))
        var samples = noise.map(Double.init)
        for quality in [0.541_196_1, 1.306_562_965] {
            let scale = 1 / (1 + warped / quality + warped * warped)
            let (b, a) = (
                warped * warped * scale,
                (2 * (warped * warped - 1) * scale, (1 - warped / quality + warped * warped) * scale)
            )
            var (x, y) = ((0.0, 0.0), (0.0, 0.0))
            for index in samples.indices {
                let made = b * (samples[index] + 2 * x.0 + x.1) - a.0 * y.0 - a.1 * y.1
                (x, y) = ((samples[index], x.0), (made, y.0))
                samples[index] = made
            }
        }
        let dull = Waveform(channels: [samples.map { Float(($0 * 32_768).rounded() / 32_768) }], rate: rate)
        let found = try #require(try GentleCutOff.find(in: dull))
        #expect(abs(log2(found / cutoff)) < 1.0 / 3, "found \(found)")
        let none = try GentleCutOff.find(in: Waveform(channels: [noise], rate: rate))
        #expect(none == nil)
    }

    /// A band that is empty for a while is filled then and there; all else stays.
    @Test func holesAreFilled() throws {
        var random = TestRandom(seed: 9)
        let (rate, count) = (48_000, 96_000)
        let noise = (0..<count).map { _ in 0.2 * random.next() }
        let (low, high) = (
            ConvolutionFilter.lowPass(pass: 5800, stop: 6000, rate: rate),
            ConvolutionFilter.lowPass(pass: 9000, stop: 9200, rate: rate)
        )
        let (under, over) = (low(noise), high(noise))
        let holed = noise.indices.map { index in
            (40_000..<60_000).contains(index) ? noise[index] - over[index] + under[index] : noise[index]
        }
        let filling = try HoleFilling(Waveform(channels: [holed], rate: rate), rate: rate)
        let other = (0..<count).map { _ in 0.2 * random.next() }
        let added = filling(holed, filledBy: other, channel: 0, from: 0).samples
        #expect(level(added[0..<36_000]) < -80 && level(added[64_000..<96_000]) < -80)
        let inside = Array(added[44_000..<56_000])
        let band = high(inside).enumerated().map { $1 - low(inside)[$0] }
        #expect(abs(level(band[2000..<10_000]) - level(zip(high(other), low(other)).map { $0 - $1 })) < 1.5)
        let beside = zip(inside, band).map { $0 - $1 }
        #expect(level(beside[2000..<10_000]) < level(band[2000..<10_000]) - 15)
        // The whole job: the rest of the sound is the source's.
        let made = try editor.perform(
            Upsample(cutoff: 20_000, rate: rate, holes: true, settings: Self.settings),
            on: Waveform(channels: [holed], rate: rate))
        let difference = zip(made.channels[0], holed).map { $0 - $1 }
        #expect(level(high(low(difference))[4000..<32_000]) < -80)
        #expect(level(difference[44_000..<56_000]) > level(difference[4000..<32_000]))
    }

    @Test func whatMakesNoSenseIsRefused() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                JobFixture.sound(seconds: 0.5, rate: 48_000, channels: 1), rate: 48_000,
                to: folder.appending(path: "a.wav"))
            let output = folder.appending(path: "b.wav")
            func expect(_ cutoff: Double?, _ rate: Int?, strength: Double? = nil) {
                #expect(throws: EditingError.self) {
                    try editor.perform(
                        Upsample(cutoff: cutoff, rate: rate, strength: strength, settings: Self.settings), source,
                        to: output)
                }
                #expect(!FileManager.default.fileExists(atPath: output.path))
            }
            // A sound that reaches the top is not told about a rate that nobody gave.
            #expect {
                try editor.perform(Upsample(cutoff: 24_000, settings: Self.settings), source, to: output)
            } throws: { error in
                if case EditingError.cutoffAboveModel = error { true } else { false }
            }
            expect(-1, nil)
            expect(20_000, nil)
            expect(4000, 7000)
            expect(4000, 10)
            expect(4000, nil, strength: 1.1)
        }
    }
}
