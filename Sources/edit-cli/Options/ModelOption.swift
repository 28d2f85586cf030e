internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// Which model is used.
struct ModelOption: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "An AudioLDM: a folder in diffusers' layout, or an original file (.ckpt, .pth). (default: the bundled model)",
            valueName: "model"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Attention heads of an AudioLDM: config (as diffusers) or original (as trained).", valueName: "rule"),
        transform: Choice.parse)
    var heads: HeadRule = .config

    @Option(
        name: .customLong("precision"),
        help: ArgumentHelp(
            "How exactly the networks multiply: float32, bfloat16 (fast where the processor has it) or auto. (default: auto)",
            valueName: "name"),
        transform: Choice.parse)
    var wantedPrecision: PrecisionChoice = .auto

    /// nil for the bundled model.
    var folder: URL? { model.map { URL(fileURLWithPath: $0) } }

    /// What the networks multiply at.
    var precision: Precision { wantedPrecision.precision(for: folder) }
}
