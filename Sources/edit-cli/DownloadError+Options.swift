internal import Core
internal import Downloads

extension DownloadError {
    /// The error in the words of the program's options.
    var inOptions: String {
        switch self {
        case .licence(let name, let licence):
            "\(name): its licence is \(licence)\(licence.hasPrefix("cc-by-nc") ? ", no commercial use" : ""); "
                + "to accept it, give --accept-licence"
        case .hub: "--hub: \(description)"
        case .exists: "\(description); name another folder with --output"
        default: description
        }
    }
}

extension CheckpointError {
    /// The error in the words of the program's options.
    var inOptions: String {
        guard case .notAModel = self else { return description }
        return description.replacing(
            "convert it with a tokenizer's folder", with: "convert it by edit-cli models convert with --tokenizer"
        ).replacing("name a tokenizer's folder", with: "name its folder with --tokenizer")
    }
}
