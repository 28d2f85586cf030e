internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation
internal import Plotting

struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draw the spectrogram of a sound, or of two, one under the other.")

    @Argument(help: "The sound file to draw, or - for standard input.", completion: .file())
    var input: String

    @Argument(help: "A second one, such as its edit.", completion: .file())
    var second: String?

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The picture to write, a PNG file.", valueName: "picture"))
    var output: String

    @OptionGroup var marks: RegionOptions

    @OptionGroup var threads: ThreadsOption

    @Flag(help: "Replace the picture if it exists.")
    var force = false

    func validate() throws {
        try NamedSound.validate([input, second])
        guard URL(fileURLWithPath: output).pathExtension.lowercased() == "png" else {
            throw ValidationError("--output: a name that ends in .png expected, found '\(output)'")
        }
    }

    func run() throws {
        threads.apply()
        let files = try [input, second].compactMap { $0 }.map { try NamedSound.open($0) }
        let picture = try SpectrogramPlot(files, regions: marks.regions(of: files[0])).png()
        try OutputFile.write(picture, to: URL(fileURLWithPath: output), overwrite: force)
    }
}
