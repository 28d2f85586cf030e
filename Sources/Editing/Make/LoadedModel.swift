internal import Core
internal import Foundation

/// A model as the editor uses it: its networks, its front end, and how it was trained.
struct LoadedModel: Sendable {
    let model: Model
    let grid: MelGrid
    let logMel: LogMel
    let traits: ModelTraits
    let scheduler: SchedulerConfiguration
    let vocoder: VocoderAdapter

    init(_ model: Model, vocoder: VocoderAdapter) throws(CheckpointError) {
        self.model = model
        self.vocoder = vocoder
        grid = MelGrid(model.frontEnd, factor: model.autoencoderConfiguration.factor)
        logMel = LogMel(model.frontEnd)
        traits = try ModelTraits(of: model)
        scheduler = try SchedulerConfiguration(of: model)
    }

    /// Of the front end, in Hz.
    var rate: Int { model.frontEnd.samplingRate }

    /// Where the band that model and vocoder make ends, in Hz.
    var top: Double { max(grid.highest, MelGrid(vocoder.model.frontEnd, factor: 1).highest) }

    /// Latent frames that the network was made for. A model that does not say has AudioLDM's.
    var window: Int { model.unetConfiguration.sampleLength ?? 256 }

    /// Mel frames of a window.
    var windowFrames: Int { window * grid.factor }

    /// Latent frames up to which a generated sound is made in one window.
    var longestGeneration: Int { 2 * window }

    /// The noise levels that an edit visits.
    func walk(_ settings: Settings) throws(EditingError) -> NoiseWalk {
        let solver = settings.solver
        let most = scheduler.maximumSteps(of: solver)
        try EditingError.demand(
            settings.steps <= most, .steps, "at most \(most), as the model was trained", settings.steps)
        return scheduler.walk(steps: settings.steps, solver: solver)
    }

    func denoisingOptions(_ settings: Settings, _ restyling: RegionPlan.Restyling?) -> DenoisingOptions {
        let interval = settings.guidanceInterval.map { Float($0.lowerBound)...Float($0.upperBound) }
        return DenoisingOptions(
            solver: settings.solver,
            guidance: Guidance(
                scale: Float(settings.guidance), interval: interval ?? 0...Float.infinity,
                period: restyling?.guidancePeriod ?? 1),
            heldCells: traits.heldCells, heldOffset: traits.heldOffset, prior: traits.prior,
            method: restyling?.method ?? .noise, passes: settings.passes)
    }
}

extension Settings {
    var solver: DiffusionSolver {
        switch sampler {
        case .ddim: .ddim(eta: Float(eta))
        case .dpmSolver: .dpmSolver
        }
    }

    /// The seed of the n-th draw of an edit. The first is the seed itself, so that one window's noise is torch's.
    func seed(draw: Int) -> UInt64 { seed ^ (UInt64(draw) &* 0x9E37_79B9_7F4A_7C15) }
}
