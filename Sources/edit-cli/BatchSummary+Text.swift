internal import Batch
internal import Core
internal import Editing
internal import Foundation

extension BatchResult {
    /// A line about the job.
    var text: String {
        switch outcome {
        case .done(let report): "\(output): " + String(format: "made in %.1f s", seconds) + Self.notes(of: report)
        case .present: "\(output): was there already"
        case .elsewhere: "\(output): is being made by another run"
        case .failed(let error): "failed: \(Self.words(for: error, output))"
        }
    }

    private static func notes(of report: EditReport) -> String {
        report.notes.map { "\n  note: \($0)" }.joined()
    }

    /// An error in the words of the program, which name the file.
    fileprivate static func words(for error: any Error, _ output: String) -> String {
        let words =
            EditCLI.words(about: error)
            .split(whereSeparator: \.isNewline).joined(separator: " ").printable
        return error is AudioError || error is BatchError ? words : "\(output): \(words)"
    }
}

extension BatchSummary {
    /// The counts, in one line.
    var text: String {
        let counts = [
            (done, "made"), (present, "there already"), (elsewhere, "made by another run"), (failed, "failed"),
            (left, "left"),
        ]
        let words = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return String(format: "%@ in %.1f s", words.isEmpty ? "nothing to do" : words.joined(separator: ", "), seconds)
    }

    private struct Document: Encodable {
        struct Job: Encodable {
            let line: Int
            let input: String?
            let output: String
            let status: String
            let seconds: Double
            let message: String?
        }
        let done, present, elsewhere, failed, left: Int
        let seconds: Double
        let jobs: [Job]
    }

    /// Everything, for programs.
    var json: String {
        get throws {
            let jobs = results.map { result in
                let (status, message): (String, String?) =
                    switch result.outcome {
                    case .done: ("done", nil)
                    case .present: ("present", nil)
                    case .elsewhere: ("elsewhere", nil)
                    case .failed(let error): ("failed", BatchResult.words(for: error, result.output))
                    }
                return Document.Job(
                    line: result.index + 1, input: result.input, output: result.output, status: status,
                    seconds: result.seconds, message: message)
            }
            return try Document(
                done: done, present: present, elsewhere: elsewhere, failed: failed, left: left, seconds: seconds,
                jobs: jobs
            ).jsonText
        }
    }
}
