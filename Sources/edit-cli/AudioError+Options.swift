internal import Core

extension AudioError {
    /// The error in the words of the program's options.
    var inOptions: String {
        switch self {
        case .exists, .isItsOwnSource: "\(description) or overwrite it with --force"
        case .truncated, .cutShort: "\(description), or take what there is with --salvage"
        case .uncounted: "\(description), or take them for samples with --salvage"
        default: description
        }
    }
}
