internal import Foundation

/// How much of a latent is sound and how much is noise: x = signal x_0 + noise e, with signal^2 + noise^2 = 1.
struct NoiseLevel: Sendable, Equatable {
    /// sqrt(abar)
    let signal: Float
    /// sqrt(1 - abar)
    let noise: Float

    init(alphaBar: Double) {
        signal = Float(alphaBar.squareRoot())
        noise = Float(max(0, 1 - alphaBar).squareRoot())
    }

    /// Half the logarithm of the signal-to-noise ratio.
    var lambda: Float { log(signal / noise) }
}

/// The noise levels that a solver visits, from nearly pure noise to none.
public struct NoiseWalk: Sendable {
    /// The timestep of the model's training at which each step starts, one per step, from the noisiest to the cleanest.
    public let timesteps: [Float]
    /// Where each step starts.
    let levels: [NoiseLevel]
    /// Where each step ends. With DDIM, as diffusers has it, up to a timestep beside the start of the next, where the steps do not divide the
    /// training's evenly.
    let ends: [NoiseLevel]
    let prediction: SchedulerConfiguration.Prediction

    /// The number of steps.
    public var steps: Int { timesteps.count }

    init(timesteps: [Int], alphaBars: [Double], ends: [Double], prediction: SchedulerConfiguration.Prediction) {
        precondition(alphaBars.count == timesteps.count && ends.count == timesteps.count, "two levels per step")
        self.timesteps = timesteps.map(Float.init)
        levels = alphaBars.map { NoiseLevel(alphaBar: $0) }
        self.ends = ends.map { NoiseLevel(alphaBar: $0) }
        self.prediction = prediction
    }

    /// The clean latent that a network's prediction amounts to.
    func clean(latent: Tensor, prediction output: Tensor, at level: NoiseLevel) -> Tensor {
        switch prediction {
        case .noise: (latent - output * level.noise) / level.signal
        case .velocity: latent * level.signal - output * level.noise
        }
    }
}
