internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// Which model is used.
struct ModelOption: ParsableArguments {
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

extension ModelOption {
    /// A model's folder by its name in requests; nil for the bundled model.
    static func folder(_ name: String) -> URL? {
        name == ModelReference.bundledName ? nil : URL(fileURLWithPath: name, isDirectory: true)
    }

    /// The folder of the model whose vocoder is taken; nil for the model's own.
    static func vocoderFolder(_ name: String?) throws -> URL? {
        guard let name else { return nil }
        if let folder = folder(name) { return folder }
        guard let bundled = Model.bundledFolder else { throw EditingError.noDefaultModel }
        return bundled
    }
}
