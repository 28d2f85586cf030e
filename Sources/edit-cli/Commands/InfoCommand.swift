internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a sound file, a model or this machine is.")

    @Argument(help: "A sound file, or - for standard input; without one the model is described.", completion: .file())
    var file: String?

    @OptionGroup var model: ModelOption

    @Flag(help: "Print the file's own markers as a label track for Audacity.")
    var labels = false

    @Flag(help: "Say what the networks run on here, and how fast it multiplies matrices.")
    var machine = false

    func validate() throws {
        if machine, file != nil || labels || model.folder != nil {
            throw ValidationError("--machine: give neither a file nor --model")
        }
        if labels, file == nil { throw ValidationError("--labels: a sound file expected") }
        if file != nil, model.folder != nil { throw ValidationError("give either a file or --model, not both") }
    }

    func run() throws {
        if machine {
            StandardOutput.print(FactSheet(Machine()).text)
        } else if let file, labels {
            let sound = try NamedSound.open(file)
            let track = LabelTrack(markersOf: sound).labels(rate: sound.rate, frames: sound.frames)
            StandardOutput.print(LabelTrack.text(track), terminator: "")
        } else if let file {
            StandardOutput.print(try FactSheet(NamedSound.open(file)).text)
        } else {
            let opened = try Editor(model: model.folder, headRule: model.heads, precision: model.precision).model
            StandardOutput.print(try FactSheet(opened, isBundled: model.folder == nil).text)
        }
    }
}
