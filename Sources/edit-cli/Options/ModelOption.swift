internal import ArgumentParser
internal import Foundation

/// Which model is used.
struct ModelOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("An AudioLDM folder in diffusers' layout. (default: the bundled model)", valueName: "dir"))
    var model: String?

    /// nil for the bundled model.
    var folder: URL? { model.map { URL(fileURLWithPath: $0, isDirectory: true) } }
}
