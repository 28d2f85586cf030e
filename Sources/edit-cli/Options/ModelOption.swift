internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// Which model is used.
struct ModelOption: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("An AudioLDM folder in diffusers' layout. (default: the bundled model)", valueName: "dir"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Attention heads of an AudioLDM: config (as diffusers) or original (as trained).", valueName: "rule"),
        transform: Choice.parse)
    var heads: HeadRule = .config

    /// nil for the bundled model.
    var folder: URL? { model.map { URL(fileURLWithPath: $0, isDirectory: true) } }
}
