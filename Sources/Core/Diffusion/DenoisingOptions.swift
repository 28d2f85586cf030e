/// How the denoising loop goes.
public struct DenoisingOptions: Sendable, Equatable {
    /// What the network sees in the cells that are held.
    public enum HeldCells: String, Sendable, Codable, CaseIterable {
        /// The source at the noise level of the step: for networks that know nothing else.
        case noised
        /// The source itself: for networks that were trained with known surroundings.
        case clean
    }

    /// What of a source's latent is noised and made anew.
    public enum Prior: String, Sendable, Codable, CaseIterable {
        /// The latent itself.
        case none
        /// Its difference from a line over what changes, drawn between the kept frames around it: for networks that were trained so.
        case line
    }

    public var solver: DiffusionSolver
    public var guidance: Guidance
    public var heldCells: HeldCells
    /// Added to clean held cells in what the network sees, if it was trained to know them by that.
    public var heldOffset: Float
    public var prior: Prior
    /// Times that each stretch of steps is taken; 1 for no resampling.
    public var passes: Int
    /// Steps in a stretch.
    public var jump: Int

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
