import Foundation
import TestSupport
import Testing

/// A model of 16 kHz with the bundled model's vocoder of 48 kHz.
@Suite struct VocoderTests {
    private let workplace: Workplace
    private let model = Fixture.url("networks/pipeline").path

    init() throws { workplace = try Workplace() }

    @Test func anotherVocoderLiftsTheRate() throws {
        for (name, options, rate) in [("own.wav", [], 16_000), ("lifted.wav", ["--vocoder", "default"], 48_000)] {
            let outcome = try Program.run(
                ["generate", "rain", "-o", name, "--duration", "1.5", "--model", model, "--steps", "2"] + options,
                in: workplace.folder.url)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let sound = try workplace.read(name)
            #expect(sound.format.rate == rate)
            #expect(sound.samples[0].count == rate * 3 / 2)
        }
    }

    @Test func aFillWithItKeepsEverySampleAround() throws {
        try workplace.makeSound("a.wav", rate: 48_000, channels: 2)
        let outcome = try Program.run(
            [
                "inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.5", "--model", model, "--steps", "4", "--vocoder",
                "default",
            ],
            in: workplace.folder.url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let (before, after) = (try workplace.read("a.wav"), try workplace.read("b.wav"))
        for channel in 0..<2 {
            let (a, b) = (before.samples[channel], after.samples[channel])
            #expect(a[..<48_000] == b[..<48_000] && a[72_000...] == b[72_000...])
            #expect(a[48_000..<72_000] != b[48_000..<72_000])
        }
    }

    @Test func aVocoderOfOtherBandsIsRefused() throws {
        try workplace.makeSound("a.wav")
        try workplace.expectFailure(
            "inpaint", "a.wav", "-o", "b.wav", "--region", "1-2", "--vocoder", model, "--model", Workplace.model,
            message: "\(model): its vocoder does not fit the model: its bands do not start with the model's")
    }
}
