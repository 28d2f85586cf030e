internal import Evaluation

extension EvaluationError {
    /// The error in the words of the program's options.
    var inOptions: String {
        switch self {
        case .tooFew: "at least two sounds in each folder expected, found fewer; --pairs compares sounds of one name"
        case .noTower:
            description.replacing("give another model or a network", with: "give another --model or a --network")
        default: description
        }
    }
}
