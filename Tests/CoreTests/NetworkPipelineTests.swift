import Foundation
import TestSupport
import Testing

@testable import Core

/// All networks in a row, as AudioLDMPipeline runs them: prompt and negative prompt, ten steps of DDIM with guidance, autoencoder,
/// vocoder. The solver stands here in its plainest form, so that this test holds the networks alone against the reference.
@Suite struct NetworkPipelineTests {
    private static let folder = NetworkFixture("pipeline").folder

    @Test func soundsAsInDiffusersStepByStep() throws {
        let expected = try ExpectedTensors(Self.folder)
        let model = try Model(at: Self.folder)

        // 1. Prompts.
        let tokenizer = try model.tokenizer()
        let encoder = try model.textEncoder()
        let embeddings = ["calm piano", "a dog barking in the rain"].map { text in
            normalised(encoder(tokenizer.encode(text, maximumLength: encoder.configuration.maximumTokens)))
        }
        let condition = Tensor.concatenated(embeddings, axis: 0)
        #expect(try mismatch(condition, expected["prompt.embeddings"]) == nil)

        // 2. Ten steps of DDIM (arXiv 2010.02502, formula 12 with sigma 0) at guidance 2.5.
        let unet = try model.unet()
        let alphas = Self.cumulativeAlphas()
        var latent = try expected.image("initial.latent")
        for step in 0..<10 {
            let timestep = 901 - 100 * step
            let (now, next) = (alphas[timestep], alphas[max(timestep - 100, 0)])
            let both = unet(
                Tensor.concatenated([latent, latent], axis: 0), timestep: Float(timestep), condition: condition)
            let (away, towards) = (both.sliced(axis: 0, 0..<1), both.sliced(axis: 0, 1..<2))
            let noise = away + 2.5 * (towards - away)
            let clean = (latent - noise * (1 - now).squareRoot()) / now.squareRoot()
            latent = clean * next.squareRoot() + noise * (1 - next).squareRoot()
            let reference = try expected.image("latent.\(step)")
            #expect(mismatch(latent, reference, absolute: 1e-4 * peak(reference)) == nil, "step \(step)")
        }

        // 3. Mel and waveform, cut to the length that was asked for.
        let mel = try model.autoencoder().decode(latent)
        #expect(try mismatch(mel, expected.mel("mel"), absolute: 1e-4) == nil)
        let vocoder = try model.vocoder()
        let waveform = vocoder(mel).sliced(axis: 1, 0..<Int(0.58 * 16000))
        let reference = try expected["waveform"]
        #expect(mismatch(waveform, reference, absolute: 1e-3 * peak(reference), relative: 0) == nil)
    }

    /// Products of 1 - beta, the square roots of beta running evenly from that of 0.0015 to that of 0.0195.
    private static func cumulativeAlphas() -> [Float] {
        let (first, last) = (0.0015.squareRoot(), 0.0195.squareRoot())
        var product = 1.0
        return (0..<1000).map { step in
            let root = first + (last - first) * Double(step) / 999
            product *= 1 - root * root
            return Float(product)
        }
    }

    private func normalised(_ vector: Tensor) -> Tensor {
        vector / vector.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    private func peak(_ tensor: Tensor) -> Float { tensor.elements.map { abs($0) }.max() ?? 0 }
}
