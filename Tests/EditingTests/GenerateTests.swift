import Core
import Editing
import Foundation
import TestSupport
import Testing

@Suite struct GenerateTests {
    /// The whole of diffusers' AudioLDMPipeline: tokenizer, text encoder, guidance, scheduler, autoencoder, vocoder, first noise.
    @Test func theSameSeedGivesWhatDiffusersGives() throws {
        try Fixture.withTemporaryFolder { folder in
            let output = folder.appending(path: "a.wav")
            let editor = try Editor(model: Fixture.url("networks/pipeline"))
            let report = try editor.generate(
                duration: 0.58, to: output,
                settings: Settings(
                    for: .generate, prompt: "a dog barking in the rain", negativePrompt: "calm piano", seed: 7,
                    steps: 10,
                    guidance: 2.5, sampler: .ddim),
                writing: OutputOptions(encoding: .float32))
            #expect(report.rate == 16_000 && report.channels == 1 && report.isIdenticalOutside == nil)
            let expected = try Fixture.tensors("networks/pipeline/expected.safetensors").tensor(named: "waveform")
            let samples = try JobFixture.read(output)[0]
            let peak = expected.elements.map(abs).max()!
            #expect(
                mismatch(Tensor(samples, shape: [1, samples.count]), expected, absolute: 1e-3 * peak, relative: 0)
                    == nil)
        }
    }

    @Test func aPromptASeedAndALengthDecide() throws {
        try Fixture.withTemporaryFolder { folder in
            let editor = try JobFixture.editor()
            func make(_ prompt: String?, seed: UInt64, seconds: Double, name: String = UUID().uuidString) throws
                -> [Float]
            {
                let output = folder.appending(path: name + ".wav")
                let settings = try Settings(for: .generate, prompt: prompt, seed: seed, steps: 3)
                _ = try editor.generate(duration: seconds, to: output, settings: settings)
                return try JobFixture.read(output)[0]
            }
            let sound = try make("calm piano music", seed: 1, seconds: 0.777)
            #expect(sound.count == Int(0.777 * 48_000))
            #expect(try make("calm piano music", seed: 1, seconds: 0.777) == sound)
            #expect(try make("footsteps on gravel", seed: 1, seconds: 0.777) != sound)
            #expect(try make("calm piano music", seed: 2, seconds: 0.777) != sound)
            #expect(try make(nil, seed: 1, seconds: 0.777) != sound)
        }
    }

    /// Far beyond what the network sees at once, and beyond a segment.
    @Test func aLongSoundHasNoSeamAndNoDrift() throws {
        try Fixture.withTemporaryFolder { folder in
            let output = folder.appending(path: "a.wav")
            _ = try JobFixture.editor().generate(
                duration: 40, to: output, settings: Settings(for: .generate, prompt: "calm piano music", steps: 2),
                writing: OutputOptions(encoding: .float32))
            let samples = try JobFixture.read(output)[0]
            #expect(samples.count == 40 * 48_000)
            let levels = stride(from: 0, to: samples.count, by: 24_000).map {
                JobFixture.level(samples[$0..<$0 + 24_000])
            }
            #expect(levels.max()! - levels.min()! < 15)
            #expect(samples.allSatisfy { $0.isFinite })
        }
    }

    @Test func anExistingFileIsKeptUnlessItMayGo() throws {
        try Fixture.withTemporaryFolder { folder in
            let output = folder.appending(path: "a.wav")
            try Data("mine".utf8).write(to: output)
            let editor = try JobFixture.editor()
            let settings = try Settings(for: .generate, prompt: "calm piano music", steps: 1)
            #expect(throws: AudioError.self) { try editor.generate(duration: 0.2, to: output, settings: settings) }
            #expect(try Data(contentsOf: output) == Data("mine".utf8))
            _ = try editor.generate(
                duration: 0.2, to: output, settings: settings, writing: OutputOptions(overwrites: true))
            #expect(try JobFixture.read(output)[0].count == 9600)
            #expect(throws: EditingError.self) { try editor.generate(duration: 0, to: output, settings: settings) }
            #expect(throws: EditingError.self) { try editor.generate(duration: .nan, to: output, settings: settings) }
        }
    }
}
