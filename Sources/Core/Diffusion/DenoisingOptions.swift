/// How the denoising loop goes.
public struct DenoisingOptions: Sendable, Equatable {
    /// What the network sees in the cells that are held.
    public enum HeldCells: String, Sendable, Codable, CaseIterable {
        /// The source at the noise level of the step: for networks that know nothing else.
        case noised
        /// The source itself: for networks that were trained with known surroundings.
        case clean
    }

    public var solver: DiffusionSolver
    public var guidance: Guidance
    public var heldCells: HeldCells
    /// Added to clean held cells in what the network sees, if it was trained to know them by that.
    public var heldOffset: Float
    /// Times that each stretch of steps is taken; 1 for no resampling.
    public var passes: Int
    /// Steps in a stretch.
    public var jump: Int

    public init(
        solver: DiffusionSolver, guidance: Guidance = .none, heldCells: HeldCells = .noised, heldOffset: Float = 0,
        passes: Int = 1, jump: Int = 1
    ) {
        precondition(passes >= 1 && jump >= 1, "at least one pass of at least one step")
        self.solver = solver
        self.guidance = guidance
        self.heldCells = heldCells
        self.heldOffset = heldOffset
        self.passes = passes
        self.jump = jump
    }
}
