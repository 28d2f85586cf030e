internal import Core

extension Engine {
    /// The noise levels that a job visits.
    func walk(_ settings: Settings) throws(EditingError) -> NoiseWalk {
        let most = scheduler.maximumSteps(of: settings.solver)
        guard settings.steps <= most else {
            throw .setting(
                name: "--steps", expected: "at most \(most), as the model was trained",
                found: "\(settings.steps)")
        }
        return scheduler.walk(steps: settings.steps, solver: settings.solver)
    }

    func options(_ settings: Settings) -> DenoisingOptions {
        DenoisingOptions(
            solver: settings.solver, guidance: settings.scaledGuidance, heldCells: traits.heldCells,
            heldOffset: traits.heldOffset, prior: traits.prior, passes: settings.resampling)
    }
}

extension Settings {
    var solver: DiffusionSolver {
        switch sampler {
        case .ddim: .ddim(eta: Float(eta))
        case .dpmSolver: .dpmSolver
        }
    }

    var scaledGuidance: Guidance {
        guard let interval = guidanceInterval else { return Guidance(scale: Float(guidance)) }
        return Guidance(
            scale: Float(guidance), interval: Float(interval.lowerBound)...Float(interval.upperBound))
    }

    /// The seed of the n-th draw of a job. The first is the seed itself, so that one window's noise is torch's.
    func seed(draw: Int) -> UInt64 { seed ^ (UInt64(draw) &* 0x9E37_79B9_7F4A_7C15) }
}
