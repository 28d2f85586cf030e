import Core
import Foundation
import TestSupport
import Testing

@Suite struct InfoTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    @Test func aFileHasFormatLengthAndBand() throws {
        try workplace.makeSound("b.flac", .flac, .pcm16, rate: 8000)
        let outcome = try workplace.run("info", "b.flac")
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(
            outcome.output == """
                file      b.flac
                format    FLAC, 16-bit PCM
                rate      8000 Hz
                channels  1
                length    3.000 s, 24000 samples
                band      reaches 4000 Hz, all that the rate holds

                """)
    }

    @Test func theRealCutOffIsFound() throws {
        var random = TestRandom(seed: 3)
        let narrow = (0..<24_000).map { _ in 0.3 * random.next() }
        let wide = try Resampler.resample(narrow, from: 8000, to: 44_100)
        try workplace.write(
            [wide], to: "wide.wav", AudioFormat(container: .wav, encoding: .pcm16, rate: 44_100, channels: 1))
        let outcome = try workplace.run("info", "wide.wav")
        let band = try #require(outcome.output.firstMatch(of: /band +ends at (\d+) Hz, the rate would hold 22050 Hz/))
        #expect(abs(try #require(Int(band.1)) - 4000) < 200)
    }

    @Test func aModelHasSizesRatesAndALicence() throws {
        let outcome = try workplace.run("info", "--model", Workplace.model)
        #expect(outcome.status == 0 && outcome.errors == "")
        let names = outcome.output.split(separator: "\n").map { $0.prefix(18).trimmingCharacters(in: .whitespaces) }
        #expect(
            names == [
                "model", "rate", "band", "latent", "made for", "prompt", "no prompt", "vocoder", "parameters",
                "text_encoder", "audio_encoder", "unet", "vae", "vocoder", "band_extension", "licence",
            ])
        #expect(outcome.output.contains("48000 Hz\n"))
        #expect(outcome.output.contains("80 mel bins\n"))
        #expect(outcome.output.contains("8 channels, factor 4: 20 bins, one cell 40 ms\n"))
    }

    @Test func theMachineHasAPathAndAPeak() throws {
        let outcome = try workplace.run("info", "--machine")
        #expect(outcome.status == 0 && outcome.errors == "")
        let path = try #require(outcome.output.firstMatch(of: /path +(\w+)\n/))
        #expect(["portable", "avx2", "avx512", "avx512bf16"].contains(String(path.1)))
        let peak = try #require(outcome.output.firstMatch(of: /float32 +(\d+) GFLOP/))
        #expect(try #require(Int(peak.1)) > 0)
        let short = try #require(outcome.output.firstMatch(of: /bfloat16 +(\d+) GFLOP[^,\n]*(.*)/))
        #expect(try #require(Int(short.1)) > 0)
        #expect(short.2.isEmpty == (path.1 == "avx512bf16"))
        let narrowed = try Program.run(
            ["RETOUCH_INSTRUCTION_SET=portable", Program.path, "info", "--machine"], in: workplace.url("."),
            program: "/usr/bin/env")
        #expect(narrowed.output.contains(/path +portable/))
        #expect(narrowed.output.contains(", as this processor has none of it"))
        #expect(try workplace.run("info", "--machine", "a.wav").status != 0)
    }

    @Test func theLicenceIsTheModelCards() throws {
        let folder = workplace.url("model")
        try FileManager.default.copyItem(at: Fixture.url("default-like"), to: folder)
        try "---\nlicense: cc0-1.0\n---\n# A model\n".write(
            to: folder.appending(path: "README.md"), atomically: true, encoding: .utf8)
        let outcome = try workplace.run("info", "--model", "model")
        #expect(outcome.output.hasSuffix("licence           cc0-1.0\n"))
    }

    @Test func whereTheWeightsComeFromIsSaid() throws {
        let folder = workplace.url("model")
        try FileManager.default.copyItem(at: Fixture.url("default-like"), to: folder)
        let file = folder.appending(path: "provenance.json")
        try """
        {"recipe": "Examples/train-model", "data": {"clips": 14772, "hours": 22.8, "sha256": "0123456789abcdef"},
         "parts": {"unet": {"stage": "diffusion", "steps": 20000, "parent": "fedcba9876543210", "sha256": "00"},
                   "vae": {"stage": "autoencoder", "steps": 900, "parent": null, "sha256": "11"}}}
        """.write(to: file, atomically: true, encoding: .utf8)
        let outcome = try workplace.run("info", "--model", "model")
        #expect(
            outcome.output.contains(
                """
                trained by        Examples/train-model
                trained on        14772 clips, 22.8 hours (0123456789ab)
                  unet            diffusion, 20000 steps, from fedcba987654
                  vae             autoencoder, 900 steps, from nothing

                """))
        try Data("{}".utf8).write(to: file)
        let broken = try workplace.run("info", "--model", "model")
        #expect(broken.status == 1 && broken.errors.contains("model/provenance.json: recipe"), "\(broken.errors)")
    }

    @Test func benchmarksAreForProgramsToo() throws {
        let outcome = try workplace.run("benchmark", "--model", Workplace.model, "--seconds", "1.28", "--json")
        #expect(outcome.status == 0 && outcome.errors == "")
        let result = try JSONDecoder().decode(Result.self, from: Data(outcome.output.utf8))
        #expect(result.stages.map(\.name) == ["text", "vae encode", "guidance step", "vae decode", "vocoder"])
        #expect((result.stages + [result.job]).allSatisfy { $0.seconds > 0 && $0.gflops > 0 })
        #expect(result.seconds == 1.28 && result.peakGflops > 1)
    }

    private struct Result: Decodable {
        struct Stage: Decodable {
            let name: String
            let seconds, gflops: Double
        }
        let seconds: Double
        let peakGflops: Double
        let stages: [Stage]
        let job: Stage

        private enum CodingKeys: String, CodingKey {
            case seconds, stages, job
            case peakGflops = "peak_gflops"
        }
    }
}
