internal import Foundation

/// What a classifier takes a sound for: probabilities that add up to 1.
public struct Posterior: Sendable, Equatable {
    /// One for each class.
    public let probabilities: [Double]

    /// The softmax of a classifier's outputs.
    /// - Parameter logits: at least one number, all finite.
    public init(logits: [Float]) {
        let most = Double(logits.max() ?? 0)
        let powers = logits.map { exp(Double($0) - most) }
        let sum = powers.reduce(0, +)
        probabilities = powers.map { $0 / sum }
    }

    /// The divergence KL(this || other) in nats, with 1e-6 added to the other's probabilities, as `audioldm_eval` has it.
    public func divergence(to other: Posterior) -> Double {
        zip(probabilities, other.probabilities).reduce(0) { sum, pair in
            pair.0 > 0 ? sum + pair.0 * (log(pair.0) - log(pair.1 + 1e-6)) : sum
        }
    }
}

/// How surely a classifier takes each sound for one class, and how evenly all sounds are spread over the classes (T. Salimans and others,
/// arXiv 1606.03498).
public enum InceptionScore {
    /// exp of the mean divergence of each posterior from the mean of all, over all sounds at once: from 1 to the number of classes.
    /// - Parameter posteriors: at least one.
    public static func of(_ posteriors: [Posterior]) -> Double {
        precondition(!posteriors.isEmpty, "the inception score of nothing")
        var mean = [Double](repeating: 0, count: posteriors[0].probabilities.count)
        for posterior in posteriors {
            for (index, probability) in posterior.probabilities.enumerated() { mean[index] += probability }
        }
        for index in mean.indices { mean[index] /= Double(posteriors.count) }
        let divergences = posteriors.map { posterior in
            zip(posterior.probabilities, mean).reduce(0) { sum, pair in
                pair.0 > 0 ? sum + pair.0 * (log(pair.0) - log(pair.1)) : sum
            }
        }
        return exp(divergences.reduce(0, +) / Double(posteriors.count))
    }
}
