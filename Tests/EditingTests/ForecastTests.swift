import Core
import Editing
import Foundation
import TestSupport
import Testing

/// What is said before an edit is what the edit then does.
@Suite struct ForecastTests {
    private let editor: Editor
    private let sound = Waveform(channels: JobFixture.sound(seconds: 16, rate: 16_000, channels: 2), rate: 16_000)

    init() throws { editor = try JobFixture.editor() }

    private func expectAsForecast(_ request: some EditRequest, on sound: Waveform?) throws -> EditForecast {
        let forecast = try editor.forecast(request, from: sound)
        let report = try editor.perform(request, from: sound, to: WaveformDestination())
        #expect(forecast.networkCalls == report.networkCalls)
        #expect(forecast.regions.count + forecast.predicted.count == report.edits.count)
        #expect(forecast.seconds > 0 && forecast.memory > 10_000_000)
        return forecast
    }

    @Test func aFillRunsTheNetworkAsOftenAsIsSaid() throws {
        let settings = try Settings(for: Inpaint.self, steps: 20)
        let near = try Inpaint(
            regions: [Region(start: 2, end: 2.5), Region(start: 4, end: 4.01)], settings: settings)
        let forecast = try expectAsForecast(near, on: sound)
        #expect(forecast.predicted.count == 1 && forecast.passages.count == 1)
        #expect(forecast.passages[0].steps == 2)
        let told = try Inpaint(
            regions: [Region(start: 1, end: 1.5), Region(start: 9, end: 9.4)], condition: Condition(prompt: "rain"),
            settings: settings)
        #expect(try expectAsForecast(told, on: sound).passages.allSatisfy { $0.steps == 20 })
        let long = try Inpaint(regions: [Region(start: 1, end: 15)], strength: 1, settings: settings)
        #expect(try expectAsForecast(long, on: sound).passages[0].windows > 1)
    }

    @Test func wholeSoundsRunTheNetworkAsOftenAsIsSaid() throws {
        let upsample = try Upsample(cutoff: 3000, settings: Settings(for: Upsample.self, steps: 6))
        #expect(try expectAsForecast(upsample, on: sound).cutoff == 3000)
        let restyle = try Restyle(
            strength: 0.5, condition: Condition(prompt: "rain"), settings: Settings(for: Restyle.self, steps: 6))
        _ = try expectAsForecast(restyle, on: sound)
        let generate = try Generate(
            duration: 6, takes: 2, condition: Condition(prompt: "rain"),
            settings: Settings(for: Generate.self, steps: 5, passes: 2))
        let forecast = try expectAsForecast(generate, on: nil)
        #expect(forecast.passages[0].steps == 10)
    }

    @Test func whatCannotBeDoneIsRefused() throws {
        let outside = try Inpaint(regions: [Region(start: 1, end: 99)])
        #expect(throws: EditingError.regionOutside(start: 1, end: 99, duration: 16)) {
            try editor.forecast(outside, from: sound)
        }
        #expect(throws: EditingError.noSource(job: "upsample")) { try editor.forecast(Upsample(), from: nil) }
    }

    @Test func nothingIsSaidToTakeNothing() throws {
        let forecast = try editor.forecast(
            Restyle(strength: 0, condition: Condition(prompt: "rain")), from: sound)
        #expect(forecast.networkCalls == 0 && forecast.passages.isEmpty)
    }
}
