internal import Foundation

/// The rule that takes a latent from one noise level to the next.
public enum DiffusionSolver: Sendable, Equatable {
    /// DDIM (arXiv 2010.02502); `eta` 0 is deterministic, 1 adds as much noise as DDPM.
    case ddim(eta: Float)
    /// DPM-Solver++(2M) (arXiv 2211.01095).
    case dpmSolver

    var needsNoise: Bool {
        if case .ddim(let eta) = self { eta > 0 } else { false }
    }

    /// The share of the noise at a level's end that comes from its start where DDIM's eta is 1: the rest is fresh. It is sqrt(end^2 - deviation^2) /
    /// end, with formula 16's deviation.
    static func keptShare(from now: NoiseLevel, to next: NoiseLevel) -> Float {
        guard next.noise > 0 else { return 0 }
        let (a, b) = (now.signal * now.signal, next.signal * next.signal)
        let variance = max(0, (1 - b) / (1 - a) * (1 - a / b))
        return max(0, 1 - variance / (next.noise * next.noise)).squareRoot()
    }

    /// - Parameters:
    ///   - clean: what is taken for the clean latent.
    ///   - previousClean: the same of the step before, nil if there is none.
    ///   - noise: fresh normal numbers for solvers that need them.
    func step(
        latent: Tensor, clean: Tensor, previousClean: Tensor?, noise: Tensor?, walk: NoiseWalk, step: Int
    ) -> Tensor {
        let (now, next) = (walk.levels[step], walk.ends[step])
        switch self {
        case .ddim(let eta):
            // Formulas 12 and 16.
            let direction = (latent - clean * now.signal) / now.noise
            let (a, b) = (now.signal * now.signal, next.signal * next.signal)
            let deviation = eta * max(0, (1 - b) / (1 - a) * (1 - a / b)).squareRoot()
            let kept = max(0, next.noise * next.noise - deviation * deviation).squareRoot()
            let result = clean * next.signal + direction * kept
            return noise.map { result + $0 * deviation } ?? result
        case .dpmSolver:
            // Algorithm 2; of first order at the start and on the last step, which ends without noise.
            guard next.noise > 0 else { return clean * next.signal }
            let h = next.lambda - now.lambda
            var data = clean
            if let previousClean, step > 0 {
                let r = (now.lambda - walk.levels[step - 1].lambda) / h
                data += (clean - previousClean) * (0.5 / r)
            }
            return latent * (next.noise / now.noise) - data * (next.signal * (exp(-h) - 1))
        }
    }
}
