import Foundation
import TestSupport
import Testing

@testable import Core

/// The weights that ship, part by part, against what diffusers and transformers compute with them (Tests/Fixtures/make_bundled.py). Other
/// weights, or weights that are read wrongly, give other numbers.
@Suite struct BundledModelTests {
    private let model: Model
    private let expected: ExpectedTensors

    init() throws {
        model = try Model(at: #require(Model.bundledFolder))
        expected = try ExpectedTensors(Fixture.url("bundled"))
    }

    /// torch's normal numbers of a seed, [B, T, F] as they lie.
    private func normal(_ seed: UInt64, _ shape: [Int]) -> Tensor {
        var random = TorchRandom(seed: seed)
        return random.normal(shape)
    }

    /// Numbers as log-mels have them.
    private func mel(_ seed: UInt64, frames: Int, bins: Int = 80) -> Tensor {
        normal(seed, [1, frames, bins]) * 1.5 + Tensor(repeating: -6, shape: [1, frames, bins])
    }

    @Test func textsBecomeTokensAndVectors() throws {
        let prompts = try JSONDecoder().decode(
            [String].self, from: Data(contentsOf: Fixture.url("bundled/prompts.json")))
        let (tokenizer, tower) = (try model.tokenizer(), try model.textEncoder())
        #expect(prompts.count == 3)
        for (index, prompt) in prompts.enumerated() {
            let tokens = tokenizer.encode(prompt, maximumLength: tower.configuration.maximumTokens)
            #expect(try tokens == expected.integers("tokens.\(index)"), "\(prompt)")
            #expect(try mismatch(tower(tokens), expected["text.\(index)"], absolute: 1e-4) == nil, "\(prompt)")
        }
    }

    @Test func soundsBecomeVectors() throws {
        let tower = try #require(try model.audioEncoder())
        #expect(try mismatch(tower(mel(1, frames: 256, bins: 64)), expected["audio"], absolute: 1e-4) == nil)
    }

    @Test func melsBecomeLatentsAndLatentsMels() throws {
        let autoencoder = try model.autoencoder()
        let latent = autoencoder.encode(mel(2, frames: 32))
        #expect(try mismatch(latent, expected.image("encoded"), absolute: 1e-4) == nil)
        let decoded = autoencoder.decode(normal(3, [1, 8, 8, 20]).transposed([0, 2, 3, 1]))
        #expect(try mismatch(decoded, expected.mel("decoded"), absolute: 1e-3) == nil)
    }

    @Test func theNetworkDenoises() throws {
        let condition = normal(5, [1, 512]) / Float(512).squareRoot()
        let unet = try model.unet()
        let denoised = unet(normal(4, [1, 8, 16, 20]).transposed([0, 2, 3, 1]), timestep: 700, condition: condition)
        #expect(try mismatch(denoised, expected.image("denoised"), absolute: 1e-4) == nil)
    }

    @Test func dullSoundsAreExtended() throws {
        let bandExtension = try #require(try model.bandExtension())
        let extended = bandExtension(mel(6, frames: 24), above: 37)
        #expect(try mismatch(extended, expected["extended"], absolute: 1e-4) == nil)
    }

    @Test func melsBecomeSound() throws {
        let vocoder = try model.vocoder()
        let samples = vocoder(mel(7, frames: 24))
        let wanted = try expected["vocoded"]
        let peak = wanted.elements.map(abs).max() ?? 0
        #expect(peak > 0.01)
        #expect(mismatch(samples, wanted, absolute: 1e-3 * peak, relative: 0) == nil)
    }
}
