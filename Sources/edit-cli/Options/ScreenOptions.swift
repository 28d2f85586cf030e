internal import ArgumentParser

/// What is shown while the work goes on, and after it.
struct ScreenOptions: ParsableArguments, Sendable {
    @Flag(help: "Print no progress and no report.")
    var quiet = false

    @Flag(help: "Print the progress for programs: lines of JSON on standard error.")
    var jsonProgress = false
}

extension ScreenOptions {
    func progressBar(_ title: String) -> ProgressBar { ProgressBar(title, isQuiet: quiet, isJSON: jsonProgress) }
}

/// In which form the report is printed.
enum ReportStyle: String, CaseIterable {
    case text, json
}
