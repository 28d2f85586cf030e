import Core
import Foundation
import TestSupport
import Testing

@Suite struct FindCommandTests {
    /// A tone with two dropouts.
    private func workplace() throws -> Workplace {
        let workplace = try Workplace()
        let rate = 16_000
        var samples = (0..<3 * rate).map { index -> Float in
            let angle: Double = 2 * Double.pi * 300 * Double(index) / Double(rate)
            return 0.3 * Float(sin(angle))
        }
        for range in [16_000..<16_320, 32_000..<32_800] { for frame in range { samples[frame] = 0 } }
        try workplace.write(
            [samples], to: "a.wav", AudioFormat(container: .wav, encoding: .pcm16, rate: rate, channels: 1))
        return workplace
    }

    @Test func labelsArePrinted() throws {
        let outcome = try workplace().run("find", "dropouts", "a.wav")
        #expect(outcome.status == 0 && outcome.errors == "")
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(lines.count == 2 && lines.allSatisfy { $0.count == 3 && $0[2].hasPrefix("dropout ") })
        let starts = lines.compactMap { Double($0[0]) }
        #expect(starts.elementsEqual([1.0, 2.0]) { abs($0 - $1) < 0.001 })
    }

    @Test func jsonIsPrinted() throws {
        let outcome = try workplace().run("find", "dropouts", "a.wav", "--json")
        let found = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
        let region = found?.first?["region"] as? [String: Double]
        #expect(found?.count == 2 && (region?["end"].map { abs($0 - 1.02) < 0.001 } ?? false))
        #expect((found?.first?["confidence"] as? Double).map { (0.5...1).contains($0) } ?? false)
        let none = try workplace().run("find", "clipping", "a.wav", "--json")
        #expect(try JSONSerialization.jsonObject(with: Data(none.output.utf8)) as? [Int] == [])
    }

    @Test func whatIsFoundIsFilled() throws {
        let workplace = try workplace()
        let outcome = try workplace.run(
            "find", "dropouts", "a.wav", "--fill", "-o", "b.wav", "--model", Workplace.model)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.split(separator: "\n").count == 2)
        let made = try workplace.read("b.wav").samples[0]
        var error: Float = 0
        for (index, sample) in made.enumerated() {
            let angle: Double = 2 * Double.pi * 300 * Double(index) / 16_000
            error = max(error, abs(sample - 0.3 * Float(sin(angle))))
        }
        #expect(error < 0.03)
    }

    @Test func whatMakesNoSenseIsRefused() throws {
        let workplace = try workplace()
        let nonsense: [([String], String)] = [
            (["find", "a.wav"], "clicks, dropouts or clipping and a sound file expected, or --like with a sound file"),
            (
                ["find", "ticks", "a.wav"],
                "clicks, dropouts or clipping and a sound file expected, or --like with a sound file"
            ),
            (["find", "clicks", "a.wav", "--fill"], "--fill: --output expected, the file to write"),
            (["find", "clicks", "a.wav", "-o", "b.wav"], "--output: --fill expected with it"),
            (["find", "clicks", "a.wav", "--confidence", "2"], "--confidence: 0 to 1 expected, found 2.0"),
            (["find", "clicks", "a.wav", "--like", "1-2"], "--like: one sound file expected with it, found 2 words"),
        ]
        for (words, message) in nonsense {
            let outcome = try Program.run(words, in: workplace.folder.url)
            #expect(outcome.status == 64 && outcome.output == "")
            #expect(outcome.errors == "edit-cli: \(message)\n", "\(words)")
        }
        let impossible: [([String], String)] = [
            (["find", "--like", "1-1.01", "a.wav"], "--like at least 0.05 s expected, found 0.01 s"),
            (["find", "--like", "1-9", "a.wav"], "--like 1-9: lies outside the sound, which lasts 3 s"),
            (
                ["find", "clipping", "a.wav", "--fill", "-o", "b.wav"],
                "a.wav: nothing was found that could be filled, and nothing was written"
            ),
        ]
        for (words, message) in impossible {
            let outcome = try Program.run(words, in: workplace.folder.url)
            #expect(outcome.status == 1)
            #expect(outcome.errors == "edit-cli: \(message)\n", "\(words)")
        }
        let isThere = FileManager.default.fileExists(atPath: workplace.url("b.wav").path)
        #expect(!isThere)
    }
}
