import Foundation
import TestSupport
import Testing

@testable import Core

/// Noise and solvers against torch and diffusers (Tests/Fixtures/make_diffusion.py).
@Suite struct DiffusionSolverTests {
    private struct Case: Decodable {
        let name: String
        let solver: String
        let steps: Int
        let scheduler: SchedulerConfiguration
    }

    @Test func everyWalkIsThatOfDiffusers() throws {
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: Fixture.url("diffusion/walks.json")))
        #expect(cases.count == 152)
        let expected = try Fixture.tensors("diffusion/walks.safetensors")
        for walked in cases {
            let solver: DiffusionSolver =
                switch walked.solver {
                case "ddim-0": .ddim(eta: 0)
                case "ddim-1": .ddim(eta: 1)
                default: .dpmSolver
                }
            let walk = walked.scheduler.walk(steps: walked.steps, solver: solver)
            let timesteps = try expected.tensor(named: walked.name + ".timesteps").elements
            #expect(walk.timesteps == timesteps, "\(walked.name)")
            guard walk.timesteps == timesteps else { continue }

            // [steps, C, T, F]
            let latents = try expected.tensor(named: walked.name + ".latents").transposed([0, 2, 3, 1])
            let denoising = Denoising(
                { latent, timestep, _ in
                    Tensor(latent.elements.map { sin(1.3 * $0 + timestep / 300) }, shape: latent.shape)
                }, walk: walk, options: DenoisingOptions(solver: solver), shape: [1] + latents.shape[1...],
                random: TorchRandom(seed: 7), condition: nil, negative: nil)
            for step in denoising {
                let reference = latents.sliced(axis: 0, step.number - 1..<step.number)
                let peak = reference.elements.map { abs($0) }.max() ?? 0
                // A rounding of the noise is that much larger in the clean latent.
                let rounding = 1e-6 / max(1e-2, walk.levels[step.number - 1].signal)
                let difference = mismatch(step.latent, reference, absolute: max(rounding, 1e-5 * max(1, peak)))
                #expect(difference == nil, "\(walked.name), step \(step.number)")
                guard difference == nil else { break }
            }
        }
    }

    @Test(arguments: [0, 42, 1 << 32 + 5] as [UInt64]) func normalNumbersAreThoseOfTorch(_ seed: UInt64) throws {
        let expected = try Fixture.tensors("diffusion/normal.safetensors")
        var random = TorchRandom(seed: seed)
        for place in 0..<7 {
            let numbers = try expected.tensor(named: "\(seed).\(place)")
            #expect(mismatch(random.normal(numbers.shape), numbers, absolute: 0, relative: 0) == nil)
        }
    }
}
