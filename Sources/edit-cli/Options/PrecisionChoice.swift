internal import Core
internal import Foundation

/// How exactly the networks multiply, as it is asked for.
enum PrecisionChoice: String, CaseIterable, Sendable {
    case auto, float32, bfloat16

    /// What is taken for a model, nil for the bundled one.
    func precision(for model: URL?) -> Precision {
        switch self {
        case .auto: ModelTraits.precision(for: model)
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }
}
