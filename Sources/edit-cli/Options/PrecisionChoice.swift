internal import Core

/// How exactly the networks multiply, as it is asked for.
enum PrecisionChoice: String, CaseIterable, Sendable {
    case auto, float32, bfloat16

    /// What is taken.
    var precision: Precision {
        switch self {
        case .auto, .float32: .float32
        case .bfloat16: .bfloat16
        }
    }
}
