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

    /// How often the edit is made; nil for a job that chooses among takes by itself.
    var takes: TakesOptions? { get }

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
            let report = try best(of: request, editor, source, destination, listener)
            return (editor, source, report)
        }
    }

    /// Makes the edit, or its takes, of which the best is kept under the name that was asked for.
    private func best(
        of request: Request, _ editor: Editor, _ source: AudioFile?, _ destination: FileDestination,
        _ listener: (EditEvent) throws -> Void
    ) throws -> EditReport {
        guard let takes, takes.count > 1 else {
            return try editor.perform(request, from: source, to: destination, listener: listener)
        }
        let destinations = takes.destinations(destination)
        if let there = destinations.first(where: {
            !$0.overwrites && FileManager.default.fileExists(atPath: $0.url.path)
        }) {
            throw AudioError.exists(file: there.label ?? there.url.path)
        }
        let ranked = try editor.takes(takes.count, of: request, from: source, listener: listener)
        // The best last: when it is there, all are.
        var report: EditReport?
        for (take, destination) in zip(ranked, destinations).reversed() {
            report = try editor.perform(take.request, from: source, to: destination, listener: listener)
        }
        guard let report else { preconditionFailure("no take was made") }
        return report
    }
}

extension EditRequest {
    /// The end of a job's help: the settings it has unless others are asked for.
    static var discussion: String {
        "Unless you say otherwise: \(defaults.steps) steps, guidance \(defaults.guidance), "
            + "sampler \(defaults.sampler.rawValue)."
    }
}
