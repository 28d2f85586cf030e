internal import Editing
internal import Foundation

/// A line on the terminal that says how far a job has come and how long it will take. Nothing where stderr is no terminal.
final class ProgressBar {
    private let title: String
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var lastDrawn: ContinuousClock.Instant?

    init(_ title: String, isQuiet: Bool) {
        self.title = title
        isShown = StandardError.isTerminal && !isQuiet
    }

    func show(_ progress: JobProgress) {
        let now = ContinuousClock.now
        // Ten times a second is as often as anybody looks.
        if !isShown || lastDrawn.map({ now - $0 < .milliseconds(100) }) ?? false { return }
        lastDrawn = now
        StandardError.write("\r\u{1B}[K" + Self.line(title, progress, elapsed: (now - start) / .seconds(1)))
    }

    func finish() {
        if isShown { Self.clearLine() }
    }

    static func clearLine() {
        if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
    }

    /// - Parameter elapsed: seconds since the start.
    static func line(_ title: String, _ progress: JobProgress, elapsed: Double) -> String {
        let width = 30
        let fraction = min(max(progress.fraction, 0), 1)
        let filled = Int(fraction * Double(width))
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
        // Before the first hundredth any guess is wrong.
        let left = fraction < 0.01 ? "" : ", \(Time.clock(elapsed * (1 - fraction) / fraction)) left"
        return "\(title) [\(bar)] \(Int(fraction * 100)) % \(progress.stage)\(left)"
    }
}
