internal import Editing
internal import Foundation

/// A line on the terminal that says how far a job has come and how long it will take. Nothing where stderr is no terminal.
final class ProgressBar {
    private let title: String
    private let isShown: Bool
    private var lastDrawn: ContinuousClock.Instant?

    init(_ title: String, isQuiet: Bool) {
        self.title = title
        isShown = StandardError.isTerminal && !isQuiet
    }

    /// Shows the progress among the events of an edit.
    func show(_ event: EditEvent) {
        if case .progress(let progress) = event { show(progress) }
    }

    func show(_ progress: EditProgress) {
        let now = ContinuousClock.now
        // Ten times a second is as often as anybody looks.
        if !isShown || lastDrawn.map({ now - $0 < .milliseconds(100) }) ?? false { return }
        lastDrawn = now
        StandardError.write("\r\u{1B}[K" + Self.line(title, progress))
    }

    func finish() {
        if isShown { Self.clearLine() }
    }

    static func clearLine() {
        if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
    }

    static func line(_ title: String, _ progress: EditProgress) -> String {
        let width = 30
        let fraction = min(max(progress.fraction, 0), 1)
        let filled = Int(fraction * Double(width))
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
        let left = progress.secondsLeft.map { ", \(Time.clock($0)) left" } ?? ""
        return "\(title) [\(bar)] \(Int(fraction * 100)) % \(progress.stage)\(left)"
    }
}
