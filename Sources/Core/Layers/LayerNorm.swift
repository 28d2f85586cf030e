internal import CKernels

/// Normalises the last axis (arXiv 1607.06450): y = (x - mean) / sqrt(variance + epsilon) weight + bias.
struct LayerNorm: Sendable {
    let channels: Int
    private let epsilon: Float
    private let weight: Tensor
    private let bias: Tensor

    /// Reads "weight" [channels] and "bias" [channels].
    init(_ weights: WeightScope, channels: Int, epsilon: Float) throws(CheckpointError) {
        self.init(
            weight: try weights.tensor("weight", channels), bias: try weights.tensor("bias", channels), epsilon: epsilon
        )
    }

    init(weight: Tensor, bias: Tensor, epsilon: Float) {
        channels = weight.count
        self.epsilon = epsilon
        self.weight = weight.owned()
        self.bias = bias.owned()
    }

    /// `x` [..., channels]; returns the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        precondition(x.shape.last == channels, "a normalisation of \(channels) channels cannot take \(x.shape)")
        let kernels = unsafe InstructionSet.current.kernels
        return unsafe Tensor(uninitialized: x.shape) { target in
            unsafe x.withUnsafeElements { source in
                unsafe weight.withUnsafeElements { weight in
                    unsafe bias.withUnsafeElements { bias in
                        Parallel.run(x.count / channels, by: max(1, Tensor.elementsPerTask / channels)) { rows in
                            let at = rows.lowerBound * channels
                            unsafe kernels.pointee.layer_norm(
                                source.baseAddress! + at, target.baseAddress! + at, Int64(rows.count), Int64(channels),
                                weight.baseAddress!, bias.baseAddress!, epsilon)
                        }
                    }
                }
            }
        }
    }
}
