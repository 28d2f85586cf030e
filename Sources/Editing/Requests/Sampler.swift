/// The solver that walks from noise to sound.
public enum Sampler: String, Sendable, Codable, CaseIterable {
    /// DDIM (arXiv 2010.02502), with its `eta`.
    case ddim
    /// DPM-Solver++(2M) (arXiv 2211.01095), which needs fewer steps and has no `eta`.
    case dpmSolver = "dpm++"
}
