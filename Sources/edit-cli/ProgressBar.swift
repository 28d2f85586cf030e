internal import Editing
internal import Foundation

/// How far a job has come and how long it will take: a line on the terminal that is drawn again and again, or a line of JSON for each
/// step. Nothing where it is not wanted, and no bar where stderr is no terminal.
final class ProgressBar {
    /// In which form the progress is shown.
    enum Style {
        case bar, json, none
    }

    private let title: String
    private let style: Style
    private var isShown: Bool { style == .bar }
    private var lastDrawn: ContinuousClock.Instant?

    init(_ title: String, isQuiet: Bool, isJSON: Bool = false) {
        self.title = title
        style = isJSON ? .json : StandardError.isTerminal && !isQuiet ? .bar : .none
    }

    /// Shows the progress among the events of an edit.
    func show(_ event: EditEvent) {
        if case .progress(let progress) = event { show(progress) }
    }

    func show(_ progress: EditProgress) {
        let now = ContinuousClock.now
        // Ten times a second is as often as anybody looks.
        let isSoon = lastDrawn.map { now - $0 < .milliseconds(100) } ?? false
        if style == .none || isSoon && progress.fraction < 1 { return }
        lastDrawn = now
        StandardError.write(
            style == .json ? Self.json(title, progress) + "\n" : "\r\u{1B}[K" + Self.line(title, progress))
    }

    func finish() {
        if isShown { Self.clearLine() }
    }

    static func clearLine() {
        if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
    }

    private struct Document: Encodable {
        let job, stage: String
        let fraction: Double
        let secondsLeft: Double?

        enum CodingKeys: String, CodingKey {
            case job, stage, fraction
            case secondsLeft = "seconds_left"
        }
    }

    static func json(_ title: String, _ progress: EditProgress) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let document = Document(
            job: title, stage: progress.stage, fraction: progress.fraction, secondsLeft: progress.secondsLeft)
        return (try? encoder.encode(document)).map { String(decoding: $0, as: UTF8.self) } ?? ""
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
