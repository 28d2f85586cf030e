import Foundation
import TestSupport
import Testing

@testable import Core

/// The methods that lead a source to a condition by the difference of two walks.
@Suite struct ContrastTests {
    private static let shape = [1, 6, 4, 3]
    private static let source = DenoisingTests.random(shape, seed: 8)
    private static let width = 2

    /// Bends the latent and moves it as the condition says: no line leads from one condition to the other.
    private static func network(_ latent: Tensor, _ timestep: Float, _ condition: Tensor?) -> Tensor {
        let pull = condition.map { $0.elements.reduce(0, +) } ?? 0
        return Tensor(latent.elements.map { tanh($0 + 0.3 * pull) * (0.5 + timestep / 2000) }, shape: latent.shape)
    }

    private static func vector(_ value: Float) -> Tensor { Tensor([value, 0], shape: [1, width]) }

    private static func result(
        _ method: DenoisingOptions.Method, towards: Float, from: Float?, strengths: [Float], walk: NoiseWalk,
        heldCells: DenoisingOptions.HeldCells = .noised, prior: DenoisingOptions.Prior = .none,
        correction: Denoising.Correction? = nil
    ) -> Tensor {
        Denoising(
            network, walk: walk,
            options: DenoisingOptions(
                solver: .ddim(eta: 0), heldCells: heldCells, heldOffset: heldCells == .clean ? 2 : 0, prior: prior,
                method: method), shape: shape, random: TorchRandom(seed: 3), condition: vector(towards),
            negative: vector(0),
            source: Denoising.Source(latent: source, strengths: strengths, condition: from.map(vector)),
            correction: correction
        ).result()
    }

    private static let methods = [DenoisingOptions.Method.inversion, .contrast]

    /// What is led to what it is already stays as it is.
    @Test(arguments: methods, [false, true]) func theSameConditionGivesTheSource(
        _ method: DenoisingOptions.Method, velocity: Bool
    ) {
        for strength in [Float(0.3), 0.7, 1] {
            let result = Self.result(
                method, towards: 0.8, from: 0.8, strengths: [Float](repeating: strength, count: 24),
                walk: DenoisingTests.walk(10, velocity: velocity))
            #expect(mismatch(result, Self.source, absolute: 1e-5) == nil, "strength \(strength)")
            let other = Self.result(
                method, towards: 0.8, from: -0.8, strengths: [Float](repeating: strength, count: 24),
                walk: DenoisingTests.walk(10, velocity: velocity))
            #expect(mismatch(other, Self.source, absolute: 0.05) != nil, "strength \(strength)")
        }
    }

    /// A source that nobody described is contrasted with what guidance leads away from.
    @Test(arguments: methods) func withoutASourceConditionTheNegativeOneStandsForIt(_ method: DenoisingOptions.Method) {
        let strengths = [Float](repeating: 0.8, count: 24)
        let walk = DenoisingTests.walk(10)
        let (open, said) = (
            Self.result(method, towards: 1, from: nil, strengths: strengths, walk: walk),
            Self.result(method, towards: 1, from: 0, strengths: strengths, walk: walk)
        )
        #expect(mismatch(open, said, absolute: 0) == nil)
    }

    /// Cells of strength 0 are the source's to the bit, whatever the network sees of them; others are not.
    @Test(arguments: methods, DenoisingOptions.HeldCells.allCases) func heldCellsStay(
        _ method: DenoisingOptions.Method, _ held: DenoisingOptions.HeldCells
    ) {
        let strengths = (0..<24).map { $0 < 12 ? Float(0) : $0 < 18 ? 0.4 : 0.9 }
        let result = Self.result(
            method, towards: 1, from: -1, strengths: strengths, walk: DenoisingTests.walk(10), heldCells: held,
            prior: held == .clean ? .line : .none)
        let isKept = zip(result.elements.prefix(36), Self.source.elements).allSatisfy { abs($0 - $1) < 1e-6 }
        #expect(isKept)
        let areChanged = (12..<24).allSatisfy { cell in
            (3 * cell..<3 * cell + 3).contains { abs(result.elements[$0] - Self.source.elements[$0]) > 1e-3 }
        }
        #expect(areChanged)
    }

    /// What a step goes to is what the correction gives.
    @Test(arguments: methods) func aCorrectionHasTheLastWord(_ method: DenoisingOptions.Method) {
        let wanted = DenoisingTests.random(Self.shape, seed: 9)
        let result = Self.result(
            method, towards: 1, from: -1, strengths: [Float](repeating: 0.5, count: 24), walk: DenoisingTests.walk(10)
        ) { _, _ in wanted }
        #expect(mismatch(result, wanted, absolute: 1e-5) == nil)
    }

    /// Edit-friendly inversion as arXiv 2304.06140 writes it down, algorithm 1: all noised sources first, from them the noise of each step,
    /// with it the walk under the other condition.
    @Test func inversionIsThatOfThePaper() {
        let walk = DenoisingTests.walk(10)
        var random = TorchRandom(seed: 3)
        // The loop's own first draw, which this method does not use.
        _ = random.normal(channelsLast: Self.shape)
        let noises = (0..<10).map { _ in random.normal(channelsLast: Self.shape) }
        func noised(_ step: Int) -> Tensor {
            step == 10
                ? Self.source : Self.source * walk.levels[step].signal + noises[step] * walk.levels[step].noise
        }
        /// The mean of DDPM's step, and its deviation.
        func mean(_ latent: Tensor, _ step: Int, _ condition: Float) -> (Tensor, Float) {
            let (now, next) = (walk.levels[step], walk.ends[step])
            let noise = Self.network(latent, walk.timesteps[step], Self.vector(condition))
            let clean = (latent - noise * now.noise) / now.signal
            let (a, b) = (now.signal * now.signal, next.signal * next.signal)
            let deviation = ((1 - b) / (1 - a) * (1 - a / b)).squareRoot()
            return (clean * next.signal + noise * max(0, 1 - b - deviation * deviation).squareRoot(), deviation)
        }
        var latent = noised(0)
        for step in 0..<10 {
            let (own, deviation) = mean(noised(step), step, -0.6)
            let kept = noised(step + 1) - own
            let (other, _) = mean(latent, step, 0.9)
            latent = deviation > 0 ? other + (kept / deviation) * deviation : other + kept
        }
        let result = Self.result(
            .inversion, towards: 0.9, from: -0.6, strengths: [Float](repeating: 1, count: 24), walk: walk)
        #expect(mismatch(result, latent, absolute: 2e-4) == nil)
    }
}
