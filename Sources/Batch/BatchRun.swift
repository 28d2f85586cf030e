internal import Core
internal import Editing
public import Foundation
internal import Synchronization

/// Many edits, one after the other or some at once, with each model opened once.
///
/// A job that fails stops no other. Beside each result its recipe is written, as `OUT.json`; a result whose recipe is there and says the
/// same edit of the same sound by the same model is complete and is not made again, so that a batch that was stopped goes on where it was.
/// Any number of runs may work on one list: each result is made by one of them.
public struct BatchRun: Sendable {
    /// The whole list of jobs.
    public let jobs: [BatchJob]
    /// The part of the list that this run does.
    public var shard = Shard.whole
    /// What is done where a result's name is taken.
    public var existing = ExistingOutput.skip
    /// How many jobs are done at once, at least 1.
    public var concurrency = 1
    /// Whether what is there of truncated sounds is taken.
    public var salvage = false
    /// Whether results say what of them was made, as ``SynthesisMark`` has it.
    public var isMarked = true

    /// A batch of jobs.
    public init(_ jobs: [BatchJob]) { self.jobs = jobs }

    /// Does the jobs.
    /// - Parameter listener: called with what happens, from one thread at a time.
    /// - Returns: what became of each job. When the task is cancelled the jobs in work end without a result, and no other
    ///   is begun.
    public func callAsFunction(_ listener: @escaping @Sendable (BatchEvent) -> Void) async -> BatchSummary {
        let start = ContinuousClock.now
        let indices = shard.indices(of: jobs.count)
        let shelf = EditorShelf(memoryBudget: Int(ProcessInfo.processInfo.physicalMemory / 4))
        let progress = BatchProgress(indices.map { Self.weight(of: jobs[$0]) }, listener)
        await withTaskGroup { group in
            for _ in 0..<max(1, min(concurrency, indices.count)) {
                group.addTask {
                    while !Task.isCancelled, let place = progress.next() {
                        let index = indices[place]
                        let clock = ContinuousClock.now
                        let (output, outcome) = await self.outcome(of: self.jobs[index], shelf) { event in
                            if case .progress(let part) = event { progress.advance(place, to: part) }
                        }
                        if case .failed(is CancellationError) = outcome { continue }
                        progress.end(
                            place,
                            BatchResult(
                                index: index, input: self.jobs[index].input, output: output, outcome: outcome,
                                seconds: (ContinuousClock.now - clock) / .seconds(1)))
                    }
                }
            }
        }
        let results = progress.results
        return BatchSummary(
            results: results, left: indices.count - results.count, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// How much work a job is against others: the size of its sound.
    private static func weight(of job: BatchJob) -> Double? {
        job.input.flatMap { try? FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int }.map(Double.init)
    }

    private func outcome(
        of job: BatchJob, _ shelf: EditorShelf, _ listener: (EditEvent) -> Void
    ) async -> (output: String, BatchResult.Outcome) {
        if let problem = job.problem { return (job.output, .failed(problem)) }
        var place = OutputPlace(job.output)
        do {
            try FileManager.default.createDirectory(
                at: place.url.deletingLastPathComponent(), withIntermediateDirectories: true)
            guard let lock = try OutputLock(place.url) else { return (place.name, .elsewhere) }
            defer { lock.release() }
            let source = try job.input.map { try AudioFile(URL(fileURLWithPath: $0), salvage: salvage) }
            var request = try job.request(source)
            let model = try shelf.editor(for: request.settings.model)
            request.settings.model = model.reference
            let recipe = try model.editor.recipe(for: request, from: source)
            if try place.isTaken(by: recipe, existing) { return (place.name, .present) }
            let record = ResultRecord(place.recipe, try recipe.data(), isReplacing: place.isTaken)
            let destination = FileDestination(place.url, overwrites: existing == .overwrite, isMarked: isMarked)
            let session = model.editor.run(
                recipe.request, from: source, to: destination.accompanied { try record.prepare() })
            do {
                for try await event in session { listener(event) }
                let report = try await session.report
                try record.complete()
                return (place.name, .done(report))
            } catch {
                if !place.isTaken { record.withdraw() }
                throw error
            }
        } catch {
            return (place.name, .failed(error))
        }
    }
}

/// The recipe beside a result. Whenever the program ends, there is no result that it does not tell of, and none that it tells wrongly of.
private final class ResultRecord: Sendable {
    private let url: URL
    private let data: Data
    private let isReplacing: Bool
    private let isWritten = Mutex(false)

    /// - Parameter isReplacing: whether the result takes the place of another file.
    init(_ url: URL, _ data: Data, isReplacing: Bool) {
        self.url = url
        self.data = data
        self.isReplacing = isReplacing
    }

    /// Before the result has its name: a new one is told of already, and of one that is replaced nothing is said any more.
    func prepare() throws {
        if isReplacing {
            try? FileManager.default.removeItem(at: url)
        } else {
            try write()
        }
    }

    /// Once the result is there.
    func complete() throws { if isReplacing { try write() } }

    /// Where the result did not come about.
    func withdraw() {
        if isWritten.withLock(\.self) { try? FileManager.default.removeItem(at: url) }
    }

    private func write() throws {
        try OutputFile.write(data, to: url, overwrite: true)
        isWritten.withLock { $0 = true }
    }
}

/// The file of a result.
private struct OutputPlace {
    private(set) var name: String

    init(_ name: String) { self.name = name }

    var url: URL { URL(fileURLWithPath: name) }
    var isTaken: Bool { FileManager.default.fileExists(atPath: name) }
    var recipe: URL { URL(fileURLWithPath: name + ".json") }

    /// Finds out whether the result of a recipe is there; if not, makes sure that its name may be used.
    /// - Throws: `AudioError.exists`.
    mutating func isTaken(by wanted: Recipe, _ existing: ExistingOutput) throws -> Bool {
        let first = URL(fileURLWithPath: name)
        let (stem, suffix) = (first.deletingPathExtension().relativePath, first.pathExtension)
        var number = 1
        while isTaken {
            if let data = try? WholeFile.read(recipe), let found = try? Recipe(data), found.isSameEdit(as: wanted) {
                return true
            }
            switch existing {
            case .skip: throw BatchError.otherResult(file: name)
            case .overwrite: return false
            case .rename:
                number += 1
                name = "\(stem)-\(number)" + (suffix.isEmpty ? "" : ".\(suffix)")
            }
        }
        return false
    }
}

extension Recipe {
    /// Whether another recipe gives the same bytes, whatever its source is called.
    fileprivate func isSameEdit(as other: Recipe) -> Bool {
        request.isEqual(to: other.request) && source?.sha256 == other.source?.sha256
    }
}

/// The reasons why a job of a batch cannot be done.
public enum BatchError: Error, Equatable, LocalizedError, CustomStringConvertible {
    /// A file of a result's name is there, and it was made in another way.
    case otherResult(file: String)

    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .otherResult(let file):
            "\(file): exists already, and is not the result of this edit of this sound; another name is expected"
        }
    }
}
