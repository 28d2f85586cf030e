internal import ArgumentParser
internal import Core
internal import Foundation

/// The sound that is edited.
struct SourceOptions: ParsableArguments, Sendable {
    @Argument(help: "The sound file to edit, or a folder of sounds.", completion: .file())
    var input: String

    @Flag(name: .customLong("in-place"), help: "Replace the sound file by its edit.")
    var isInPlace = false

    @Flag(help: "Take what there is of a file that is shorter than its header says.")
    var salvage = false

    @OptionGroup var batch: BatchOptions
}

extension SourceOptions {
    var isFolder: Bool {
        var isFolder: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) && isFolder.boolValue
    }

    func open() throws -> AudioFile { try AudioFile(URL(fileURLWithPath: input), salvage: salvage) }
}
