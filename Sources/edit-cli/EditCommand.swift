internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// A command that makes an edit: its options are a request.
protocol EditCommand: ParsableCommand {
    associatedtype Request: EditRequest

    var options: JobOptions { get }

    /// The sound to edit; nil for one made from nothing.
    var source: SourceOptions? { get }

    /// What the options ask for.
    func request() throws -> Request
}

extension EditCommand {
    /// Refuses what is out of its range before a model is opened, in the words of the options.
    func validate() throws {
        do {
            _ = try request()
        } catch let error as EditingError {
            throw ValidationError(error.inOptions)
        }
    }

    func run() throws {
        let request = try request()
        try options.result.write(Request.job) { listener, destination in
            let editor = try options.editor()
            let source = try source?.open()
            let report = try editor.perform(request, from: source, to: destination, listener: listener)
            return (editor, source, report)
        }
    }
}

extension EditRequest {
    /// The end of a job's help: the settings it has unless others are asked for.
    static var discussion: String {
        "Unless you say otherwise: \(defaults.steps) steps, guidance \(defaults.guidance), "
            + "sampler \(defaults.sampler.rawValue)."
    }
}
