import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

@Suite struct GenerateTests {
    /// The whole of diffusers' AudioLDMPipeline: tokenizer, text encoder, guidance, scheduler, autoencoder, vocoder, first noise.
    @Test func theSameSeedGivesWhatDiffusersGives() throws {
        try Fixture.withTemporaryFolder { folder in
            let output = folder.appending(path: "a.wav")
            let editor = try Editor(model: Fixture.url("networks/pipeline"))
            let report = try editor.perform(
                Generate(
                    duration: 0.58,
                    condition: Condition(prompt: "a dog barking in the rain", negativePrompt: "calm piano"),
                    settings: Settings(
                        for: Generate.self, seed: 7, steps: 10, guidance: 2.5, sampler: .ddim, encoding: .float32)),
                to: output)
            #expect(report.networkCalls == 10)
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
                try editor.perform(
                    Generate(
                        duration: seconds, condition: Condition(prompt: prompt),
                        settings: Settings(for: Generate.self, seed: seed, steps: 3)), to: output)
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

    @Test func ofSeveralTakesOneIsKept() throws {
        try Fixture.withTemporaryFolder { folder in
            let deaf = folder.appending(path: "deaf")
            try FileManager.default.copyItem(at: JobFixture.model, to: deaf)
            try FileManager.default.removeItem(at: deaf.appending(path: "audio_encoder"))
            let (editor, other) = (try JobFixture.editor(), try Editor(model: deaf))
            func make(_ editor: Editor, seed: UInt64, takes: Int = Generate.defaultTakes) throws -> [Float] {
                let output = folder.appending(path: UUID().uuidString + ".wav")
                try editor.perform(
                    Generate(
                        duration: 0.6, takes: takes, condition: Condition(prompt: "calm piano music"),
                        settings: Settings(for: Generate.self, seed: seed, steps: 2)), to: output)
                return try JobFixture.read(output)[0]
            }
            var others = 0
            for seed in UInt64(0)..<6 {
                let settings = try Settings(for: Generate.self, seed: seed)
                let takes = try (0..<Generate.defaultTakes).map {
                    try make(editor, seed: settings.seed(draw: $0), takes: 1)
                }
                #expect(Set(takes).count == Generate.defaultTakes)
                let kept = try make(editor, seed: seed)
                #expect(takes.contains(kept))
                others += kept == takes[0] ? 0 : 1
                // Nothing says which is best.
                #expect(try make(other, seed: seed, takes: 3) == takes[0])
            }
            #expect(others > 0)
            #expect(throws: EditingError.self) { try make(editor, seed: 0, takes: 0) }
        }
    }

    /// In each segment the take that scores best, which the next segment goes on from.
    @Test func theBestTakeIsKept() throws {
        let loaded = try JobFixture.editor().loaded
        let condition = try Conditioner(Condition(prompt: "calm piano music"), loaded, EditLog { _ in }).condition(
            hearing: .nothing)
        let cells = 6 * loaded.window
        var takes: [Tensor] = []
        func score(_ mel: Tensor) -> Float { mel.elements.reduce(0, +) }
        let choice = TakeChoice(takes: 4) { mel in
            takes.append(mel)
            return score(mel)
        }
        var generator = PassageGenerator(
            loaded, try Settings(for: Generate.self, steps: 1), sound: nil,
            change: ChangeMap(spans: [0..<cells * 4], strength: .uniform(1), hidesSource: true, firstBand: 80),
            cells: cells, single: loaded.window, conditions: .fixed(condition), choice: choice,
            progress: EditLog { _ in }.progress)
        var blocks = 0
        // The last frame of a block is as it was made; before it there may be a seam.
        func end(_ mel: Tensor, at frame: Int) -> Tensor { mel.sliced(axis: 1, frame..<frame + 1) }
        while let block = try generator.next() {
            let last = block.mel.shape[1] - 1
            let best = try #require(takes.max { score($0) < score($1) })
            #expect(takes.count == 4)
            #expect(end(block.mel, at: last) == end(best, at: last))
            #expect(takes.count { end($0, at: last) == end(best, at: last) } == 1)
            blocks += 1
            takes = []
        }
        #expect(generator.plan.segments.count > 1 && blocks == generator.plan.segments.count)
    }

    /// Far beyond what the network sees at once, and beyond a segment.
    @Test func aLongSoundHasNoSeamAndNoDrift() throws {
        try Fixture.withTemporaryFolder { folder in
            let output = folder.appending(path: "a.wav")
            try JobFixture.editor().perform(
                Generate(
                    duration: 40, condition: Condition(prompt: "calm piano music"),
                    settings: Settings(for: Generate.self, steps: 2, encoding: .float32)), to: output)
            let samples = try JobFixture.read(output)[0]
            #expect(samples.count == 40 * 48_000)
            let levels = stride(from: 0, to: samples.count, by: 24_000).map {
                JobFixture.level(samples[$0..<$0 + 24_000])
            }
            #expect(levels.max()! - levels.min()! < 1)
            for seconds in 1..<39 {
                let place = seconds * 48_000
                let seam = SoundMeasures.seam(
                    Array(samples[place - 24_000..<place + 24_000]), edge: 24_000, rate: 48_000)
                #expect(try #require(seam) < 0, "at \(seconds) s")
            }
            #expect(samples.allSatisfy { $0.isFinite })
        }
    }

    @Test func anExistingFileIsKeptUnlessItMayGo() throws {
        try Fixture.withTemporaryFolder { folder in
            let output = folder.appending(path: "a.wav")
            try Data("mine".utf8).write(to: output)
            let editor = try JobFixture.editor()
            let request = try Generate(
                duration: 0.2, condition: Condition(prompt: "calm piano music"),
                settings: Settings(for: Generate.self, steps: 1))
            #expect(throws: AudioError.exists(file: output.relativePath)) { try editor.perform(request, to: output) }
            #expect(try Data(contentsOf: output) == Data("mine".utf8))
            try editor.perform(request, to: output, overwrites: true)
            #expect(try JobFixture.read(output)[0].count == 9600)
            let short = try Generate(duration: 1e-5, condition: Condition())
            #expect(throws: EditingError.self) { try editor.perform(short, to: folder.appending(path: "short.wav")) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.wav"])
            for duration in [0, .nan, 90_000] {
                #expect(throws: EditingError.self) { try Generate(duration: duration, condition: Condition()) }
            }
        }
    }
}
