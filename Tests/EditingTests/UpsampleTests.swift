import Core
import Editing
import Foundation
import TestSupport
import Testing

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
