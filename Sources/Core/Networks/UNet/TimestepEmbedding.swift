internal import Foundation

/// The embedding of a timestep: sinusoids of geometrically spaced frequencies (arXiv 2006.11239, from 1706.03762, section 3.5), then
/// two dense layers.
struct TimestepEmbedding: Sendable {
    let linear1: Linear
    let linear2: Linear
    let width: Int
    let cosinesFirst: Bool
    let frequencyShift: Float

    init(_ weights: WeightScope, _ configuration: UNetConfiguration, out outputs: Int) throws(CheckpointError) {
        width = configuration.levels[0].channels
        cosinesFirst = configuration.cosinesFirst
        frequencyShift = configuration.frequencyShift
        linear1 = try Linear(weights["linear_1"], in: width, out: outputs)
        linear2 = try Linear(weights["linear_2"], in: outputs, out: outputs)
    }

    /// [1, outputs]
    func callAsFunction(_ timestep: Float) -> Tensor {
        linear2(linear1(sinusoids(timestep), activation: .silu))
    }

    /// [1, width]. In single precision throughout, as the reference computes it: at timestep 1000 the rounding of the angle shows.
    func sinusoids(_ timestep: Float) -> Tensor {
        let half = width / 2
        let angles = (0..<half).map { index -> Float in
            timestep * exp(-logf(10000) * Float(index) / (Float(half) - frequencyShift))
        }
        let (sines, cosines) = (angles.map { sin($0) }, angles.map { cos($0) })
        return Tensor(cosinesFirst ? cosines + sines : sines + cosines, shape: [1, width])
    }
}
