internal import CKernels

/// A function of one variable that a layer applies to each element of its result.
enum Activation: Sendable, Equatable {
    case none
    case relu
    /// x sigmoid(x)
    case silu
    /// x (1 + erf(x / sqrt 2)) / 2
    case gelu
    /// GELU approximated by tanh (Hendrycks and Gimpel, arXiv 1606.08415)
    case geluTanh
    /// x sigmoid(1.702 x)
    case quickGELU
    /// x above 0, slope x below
    case leakyReLU(Float)
    case tanh
    /// x above 0, e^x - 1 below
    case elu

    /// Its number in the kernels.
    var kind: Int32 {
        let kind =
            switch self {
            case .none: retouch_none
            case .relu: retouch_relu
            case .silu: retouch_silu
            case .gelu: retouch_gelu
            case .geluTanh: retouch_gelu_tanh
            case .quickGELU: retouch_quick_gelu
            case .leakyReLU: retouch_leaky_relu
            case .tanh: retouch_tanh
            case .elu: retouch_elu
            }
        return Int32(kind)
    }

    var slope: Float {
        if case .leakyReLU(let slope) = self { slope } else { 0 }
    }

    /// The function of every element of `x`.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let kernels = unsafe InstructionSet.current.kernels
        return unsafe Tensor(uninitialized: x.shape) { target in
            unsafe x.withUnsafeElements { source in
                Parallel.run(source.count, by: Tensor.elementsPerTask) { range in
                    let (from, to) = unsafe (
                        source.baseAddress! + range.lowerBound, target.baseAddress! + range.lowerBound
                    )
                    unsafe kernels.pointee.activate(from, to, Int64(range.count), kind, slope)
                }
            }
        }
    }
}
