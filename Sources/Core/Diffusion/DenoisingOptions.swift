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

    /// How a source is led to the condition.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// The source is noised as far as the strength says, and denoised from there (SDEdit, arXiv 2108.01073).
        case noise
        /// The source's own noise is found, at each level anew, and walked with the condition in place of what the source is: edit-friendly
        /// inversion (arXiv 2304.06140; of audio 2402.10009).
        case inversion
        /// Without noise that is kept: at each level the difference of what the network says under both conditions is added to the source
        /// (arXiv 2412.08629).
        case contrast
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
    /// How a source is led to the condition; the solver and the passes are those of `noise`, the other methods walk as DDIM does.
    public var method: Method
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
    ///   - method: how a source is led to the condition.
    ///   - passes: how often each stretch of steps is taken, at least 1.
    ///   - jump: the number of steps in a stretch, at least 1.
    public init(
        solver: DiffusionSolver, guidance: Guidance = .none, heldCells: HeldCells = .noised, heldOffset: Float = 0,
        prior: Prior = .none, method: Method = .noise, passes: Int = 1, jump: Int = 1
    ) {
        precondition(passes >= 1 && jump >= 1, "at least one pass of at least one step")
        self.solver = solver
        self.guidance = guidance
        self.heldCells = heldCells
        self.heldOffset = heldOffset
        self.prior = prior
        self.method = method
        self.passes = passes
        self.jump = jump
    }
}
