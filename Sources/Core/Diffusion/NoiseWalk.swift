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
    public private(set) var timesteps: [Float]
    /// Where each step starts.
    private(set) var levels: [NoiseLevel]
    /// Where each step ends. With DDIM, as diffusers has it, up to a timestep beside the start of the next, where the steps do not divide the
    /// training's evenly.
    let ends: [NoiseLevel]
    let prediction: SchedulerConfiguration.Prediction
    /// Of each timestep of the model's training.
    private let alphaBars: [Double]

    /// The number of steps.
    public var steps: Int { timesteps.count }

    /// - Parameters:
    ///   - timesteps: where each step starts, as a place in `alphaBars`.
    ///   - alphaBars: how much sound there is at each timestep of the model's training, as a share of the power.
    ///   - ends: the same where each step ends.
    ///   - prediction: what the network predicts.
    init(timesteps: [Int], alphaBars: [Double], ends: [Double], prediction: SchedulerConfiguration.Prediction) {
        precondition(ends.count == timesteps.count, "two levels per step")
        self.timesteps = timesteps.map(Float.init)
        levels = timesteps.map { NoiseLevel(alphaBar: alphaBars[$0]) }
        self.ends = ends.map { NoiseLevel(alphaBar: $0) }
        self.prediction = prediction
        self.alphaBars = alphaBars
    }

    /// The walk whose step `step` starts somewhere between its neighbours' starts.
    /// - Parameters:
    ///   - place: where it starts, counted in steps from the walk's beginning; less than one step from `step`.
    ///   - step: the step, which is the first one that is taken.
    func starting(at place: Double, in step: Int) -> NoiseWalk {
        let rest = place - Double(step)
        // A strength is a Float.
        guard step < steps, abs(rest) > 1e-4 else { return self }
        let beside = rest < 0 ? timesteps[step - 1] : step + 1 < steps ? timesteps[step + 1] : 0
        let timestep = Int((timesteps[step] + Float(abs(rest)) * (beside - timesteps[step])).rounded())
        var result = self
        result.timesteps[step] = Float(timestep)
        result.levels[step] = NoiseLevel(alphaBar: alphaBars[timestep])
        return result
    }

    /// The clean latent that a network's prediction amounts to.
    func clean(latent: Tensor, prediction output: Tensor, at level: NoiseLevel) -> Tensor {
        switch prediction {
        case .noise: (latent - output * level.noise) / level.signal
        case .velocity: latent * level.signal - output * level.noise
        }
    }
}
