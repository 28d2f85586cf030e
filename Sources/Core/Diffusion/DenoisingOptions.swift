/// The choices of the denoising loop that do not depend on the sound.
public struct DenoisingOptions: Sendable, Equatable {
    /// What the network sees in the cells that are held to the source.
    public enum HeldCells: String, Sendable, Codable, CaseIterable {
        /// The source at the noise level of the step, for networks that know nothing else.
        case noised
        /// The source itself, for networks that were trained with known surroundings.
        case clean
    }

    /// What of a source's latent is noised and made anew.
    public enum Prior: String, Sendable, Codable, CaseIterable {
        /// The latent itself.
        case none
        /// Its difference from a line over what changes, drawn between the kept frames around it, for networks that
        /// were trained so.
        case line
    }

    /// The solver that takes the latent from one noise level to the next.
    public var solver: DiffusionSolver
    /// How strongly the condition is followed, and at which noise levels.
    public var guidance: Guidance
    /// What the network sees in the cells that are held to the source.
    public var heldCells: HeldCells
    /// A number that is added to clean held cells in what the network sees, if it was trained to know them by that.
    public var heldOffset: Float
    /// What of a source's latent is noised and made anew.
    public var prior: Prior
    /// How often each stretch of steps is taken; 1 for no resampling (RePaint, arXiv 2201.09865).
    public var passes: Int
    /// The number of steps in a stretch that is taken `passes` times.
    public var jump: Int

    /// Options with the defaults of a model that was trained for plain generation.
    /// - Parameters:
    ///   - solver: the solver.
    ///   - guidance: how strongly the condition is followed.
    ///   - heldCells: what the network sees in the cells that are held.
    ///   - heldOffset: a number that is added to clean held cells.
    ///   - prior: what of a source's latent is noised.
    ///   - passes: how often each stretch of steps is taken, at least 1.
    ///   - jump: the number of steps in a stretch, at least 1.
    public init(
        solver: DiffusionSolver, guidance: Guidance = .none, heldCells: HeldCells = .noised, heldOffset: Float = 0,
        prior: Prior = .none, passes: Int = 1, jump: Int = 1
    ) {
        precondition(passes >= 1 && jump >= 1, "at least one pass of at least one step")
        self.solver = solver
        self.guidance = guidance
        self.heldCells = heldCells
        self.heldOffset = heldOffset
        self.prior = prior
        self.passes = passes
        self.jump = jump
    }
}
