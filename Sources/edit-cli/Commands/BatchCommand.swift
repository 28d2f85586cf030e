internal import ArgumentParser
internal import Batch
internal import Core
internal import Editing
internal import Foundation

struct BatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Make many edits, as a list says.",
        discussion: """
            A list is JSON, a request in each line with the keys input and output, or a table (CSV) with the columns job, input, output \
            and any option's name.
            """)

    @Argument(help: "The list, or - for standard input.", completion: .file())
    var list: String

    @OptionGroup var batch: BatchOptions

    @OptionGroup var threads: ThreadsOption

    @Flag(help: "Take what there is of files that are shorter than their headers say.")
    var salvage = false

    @OptionGroup var mark: MarkOption

    @OptionGroup var screen: ScreenOptions

    func run() throws {
        threads.apply()
        let isStandardInput = list == "-"
        let name = isStandardInput ? "standard input" : list
        let bytes =
            try isStandardInput
            ? WholeFile.read(STDIN_FILENO, name: name) : WholeFile.read(URL(fileURLWithPath: list))
        let jobs = try BatchList.jobs(of: bytes, name: name)
        try batch.run(jobs, screen: screen, salvage: salvage, isMarked: !mark.isUnmarked)
    }
}

/// The jobs in a list.
enum BatchList {
    /// - Throws: `ValidationError` for a list without jobs.
    static func jobs(of bytes: Data, name: String) throws -> [BatchJob] {
        let text = Table.text([UInt8](bytes))
        guard !text.unicodeScalars.contains("\0") else {
            throw ValidationError("\(name): a table or JSON lines of jobs expected, found something else")
        }
        let isJSON = text.first { !$0.isWhitespace } == "{"
        let jobs = isJSON ? lines(of: text, name) : try rows(of: text, name)
        guard !jobs.isEmpty else { throw ValidationError("\(name): jobs expected, found none in it") }
        return jobs
    }

    private static func lines(of text: String, _ name: String) -> [BatchJob] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            index, line in
            if line.allSatisfy(\.isWhitespace) { return nil }
            do {
                return BatchJob(try RequestEntry(Data(line.utf8)))
            } catch {
                return BatchJob("\(name), line \(index + 1)", error)
            }
        }
    }

    private static func rows(of text: String, _ name: String) throws -> [BatchJob] {
        let rows = Table.rows(of: text)
        guard let head = rows.first?.map({ $0.trimmingCharacters(in: .whitespaces) }) else { return [] }
        for column in ["job", "output"] where !head.contains(column) {
            let found = head.joined(separator: ", ")
            let shown = found.count > 80 ? "\(found.prefix(80))..." : found
            throw ValidationError("\(name), line 1: the column '\(column)' expected, found \(shown)")
        }
        return rows.enumerated().dropFirst().compactMap { index, row in
            if row.allSatisfy(\.isEmpty) { return nil }
            do {
                return try job(Dictionary(zip(head, row)) { first, _ in first })
            } catch {
                return BatchJob("\(name), line \(index + 1)", error)
            }
        }
    }

    /// The columns that are no options of a job, and the options that are the batch's.
    private static let own = ["job", "input", "output"]
    private static let notHere = [
        "salvage", "threads", "quiet", "json-progress", "report", "force", "recipe", "in-place", "existing", "jobs",
        "shard", "json", "unmarked", "dry-run",
    ]

    private static func job(_ cells: [String: String]) throws -> BatchJob {
        let cells = cells.filter { !$0.value.isEmpty }
        guard let job = cells["job"], let output = cells["output"] else {
            throw ValidationError("a job and an output expected")
        }
        var words = [job]
        let known = RequestDocument.jobs.map { $0.job }.filter { $0 != Remake.job }
        guard known.contains(job) else {
            throw ValidationError("job: one of \(known.joined(separator: ", ")) expected, found '\(job)'")
        }
        let isNew = job == Generate.job
        if let argument = cells[isNew ? "prompt" : "input"] { words += [argument] }
        words += ["--output", output]
        for (column, value) in cells.sorted(by: { $0.key < $1.key })
        where !own.contains(column) && !(isNew && column == "prompt") {
            if notHere.contains(column) {
                throw ValidationError("'\(column)' holds for all jobs: give --\(column) to batch")
            } else {
                // Several regions stand in one cell.
                let values = column == "region" ? value.split(separator: " ").map(String.init) : [value]
                words += values.map { "--\(column)=\($0)" }
            }
        }
        guard let command = try EditCLI.parseAsRoot(words) as? any EditCommand else {
            throw ValidationError("job: '\(job)' makes no edit")
        }
        return command.job(input: cells["input"], output: output)
    }
}
