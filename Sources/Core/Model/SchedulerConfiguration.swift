internal import Foundation

/// The `scheduler_config.json` of a model: the noise of its training, from which the steps of the solvers are taken.
public struct SchedulerConfiguration: Decodable, Sendable {
    /// What the network predicts.
    enum Prediction: String, Sendable, Decodable, CaseIterable {
        case noise = "epsilon"
        /// v = signal e - noise x_0 (arXiv 2202.00512)
        case velocity = "v_prediction"
    }

    /// Where the steps lie among the training's timesteps (arXiv 2305.08891, table 2).
    enum Spacing: String, Sendable, Decodable, CaseIterable {
        case leading, trailing, linspace
    }

    /// The number of timesteps in the model's training.
    let trainingSteps: Int
    /// abar of each timestep; of the last one 0 where the training went down to no signal at all.
    let alphaBars: [Double]
    let prediction: Prediction
    let spacing: Spacing
    let offset: Int
    /// abar after the last step.
    let finalAlphaBar: Double

    private enum CodingKeys: String, CodingKey {
        case trainingSteps = "num_train_timesteps"
        case firstBeta = "beta_start"
        case lastBeta = "beta_end"
        case betas = "beta_schedule"
        case prediction = "prediction_type"
        case spacing = "timestep_spacing"
        case offset = "steps_offset"
        case endsClean = "set_alpha_to_one"
        case clips = "clip_sample"
        case thresholds = "thresholding"
        case rescales = "rescale_betas_zero_snr"
    }

    /// Reads the configuration as diffusers writes it.
    /// - Throws: an error that names the key that is missing or not implemented.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        trainingSteps = try keys.size(.trainingSteps)
        try keys.demand(.betas, only: "scaled_linear")
        try keys.demand(.clips, only: false)
        try keys.demand(.thresholds, only: false)
        prediction = try keys.choice(.prediction, absent: .noise)
        spacing = try keys.choice(.spacing, absent: .leading)
        offset = try keys.value(.offset, absent: 0)
        let (first, last) = (
            try keys.decode(Double.self, forKey: .firstBeta).squareRoot(),
            try keys.decode(Double.self, forKey: .lastBeta).squareRoot()
        )
        var product = 1.0
        let count = trainingSteps
        let trained = (0..<count).map { step in
            let root = first + (last - first) * Double(step) / Double(max(1, count - 1))
            product *= 1 - root * root
            return product
        }
        let rescales = try keys.value(.rescales, absent: false)
        try keys.demand(!rescales || prediction == .velocity, .rescales, "false where noise is predicted")
        alphaBars = rescales ? Self.endingWithoutSignal(trained) : trained
        finalAlphaBar = try keys.value(.endsClean, absent: true) ? 1 : alphaBars[0]
    }

    /// Reads a model's `scheduler/scheduler_config.json`.
    /// - Throws: an error that names the file and the key that do not fit.
    public init(of model: Model) throws(CheckpointError) {
        self = try model.files.load("scheduler/scheduler_config.json")
    }

    /// The most steps that a walk can have without taking one twice or beginning beyond the training's.
    /// - Parameter solver: the solver that walks; each spaces its steps in a way of its own.
    public func maximumSteps(of solver: DiffusionSolver) -> Int {
        switch (spacing, solver) {
        case (.leading, .ddim): trainingSteps / (1 + offset)
        case (.leading, .dpmSolver): trainingSteps / (1 + offset) - 1
        case (.linspace, .dpmSolver): trainingSteps - 1
        case (.trailing, _), (.linspace, .ddim): trainingSteps
        }
    }

    /// The noise levels that a solver visits.
    /// - Parameters:
    ///   - steps: the number of steps, from 1 to ``maximumSteps(of:)``.
    ///   - solver: the solver that walks.
    public func walk(steps: Int, solver: DiffusionSolver) -> NoiseWalk {
        precondition((1...maximumSteps(of: solver)).contains(steps), "\(steps) steps of \(trainingSteps)")
        let timesteps: [Int] =
            switch (spacing, solver) {
            case (.trailing, _):
                (0..<steps).map {
                    let place = Double(trainingSteps) - Double($0) * (Double(trainingSteps) / Double(steps))
                    return Int(place.rounded(.toNearestOrEven)) - 1
                }
            case (.leading, .ddim): (0..<steps).reversed().map { $0 * (trainingSteps / steps) + offset }
            case (.leading, .dpmSolver):
                // The last of the steps + 1 places is the end.
                (1...steps).reversed().map { $0 * (trainingSteps / (steps + 1)) + offset }
            case (.linspace, .ddim):
                Self.even(to: trainingSteps - 1, intervals: max(1, steps - 1)).prefix(steps).reversed()
            case (.linspace, .dpmSolver):
                Self.even(to: trainingSteps - 1, intervals: steps).dropFirst().reversed()
            }
        let ends: [Double] =
            switch solver {
            case .ddim:
                timesteps.map { $0 < trainingSteps / steps ? finalAlphaBar : alphaBars[$0 - trainingSteps / steps] }
            case .dpmSolver: timesteps.dropFirst().map { alphaBars[$0] } + [1]
            }
        // The solver divides by the signal: where there is none, diffusers takes this.
        let least = solver == .dpmSolver ? 0x1p-24 : 0
        return NoiseWalk(
            timesteps: timesteps, alphaBars: alphaBars.map { max(least, $0) }, ends: ends, prediction: prediction)
    }

    /// sqrt(abar) shifted and stretched so that it ends at 0 and begins where it did (arXiv 2305.08891, algorithm 1).
    private static func endingWithoutSignal(_ alphaBars: [Double]) -> [Double] {
        guard let first = alphaBars.first?.squareRoot(), let last = alphaBars.last?.squareRoot(), first > last else {
            return alphaBars
        }
        return alphaBars.map {
            let root = ($0.squareRoot() - last) * first / (first - last)
            return root * root
        }
    }

    /// 0 to `last` in equal intervals, rounded as numpy does.
    private static func even(to last: Int, intervals: Int) -> [Int] {
        let interval = Double(last) / Double(intervals)
        return (0...intervals).map {
            $0 == intervals ? last : Int((Double($0) * interval).rounded(.toNearestOrEven))
        }
    }
}
