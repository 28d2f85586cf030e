internal import ArgumentParser
internal import Core
internal import Foundation

/// The sound that is edited.
struct SourceOptions: ParsableArguments {
    @Argument(help: "The sound file to edit.", completion: .file())
    var input: String

    @Flag(help: "Take what there is of a file that is shorter than its header says.")
    var salvage = false

    func open() throws -> AudioFile { try AudioFile(URL(fileURLWithPath: input), salvage: salvage) }
}
