/// The activations that the towers' configurations name, as transformers names them.
enum ActivationName: String, CaseIterable {
    case relu, gelu, silu, swish, tanh
    case geluNew = "gelu_new"
    case geluTanh = "gelu_pytorch_tanh"
    case quickGelu = "quick_gelu"

    var activation: Activation {
        switch self {
        case .relu: .relu
        case .gelu: .gelu
        case .silu, .swish: .silu
        case .tanh: .tanh
        case .geluNew, .geluTanh: .geluTanh
        case .quickGelu: .quickGELU
        }
    }
}
