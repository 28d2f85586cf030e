internal import ArgumentParser
internal import Core
internal import Foundation

/// The sound that is edited.
struct SourceOptions: ParsableArguments, Sendable {
    @Argument(help: "The sound file to edit, a folder of sounds, or - for standard input.", completion: .file())
    var input: String

    @Flag(name: .customLong("in-place"), help: "Replace the sound file by its edit.")
    var isInPlace = false

    @Flag(help: "Take what there is of a file that is shorter than its header says.")
    var salvage = false

    @OptionGroup var batch: BatchOptions
}

extension SourceOptions {
    var isFolder: Bool { FilePath.isFolder(input) == true }

    func open() throws -> AudioFile { try NamedSound.open(input, salvage: salvage) }
}
