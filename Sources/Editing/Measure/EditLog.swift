internal import Core
internal import Foundation

/// The running account of an edit: time by kind of work, progress, and notes for the user. Of one thread.
final class EditLog {
    private let listener: (EditEvent) throws -> Void
    private let start = ContinuousClock.now
    private var seconds: [(name: String, seconds: Double)] = []
    private var fraction = 0.0
    private(set) var notes: [String] = []
    /// What the memory made of the prompts.
    private(set) var remembered: [EditReport.Remembered] = []
    /// How often the diffusion network was run.
    var networkCalls = 0

    /// - Parameter listener: what it throws stops the edit.
    init(_ listener: @escaping (EditEvent) throws -> Void) {
        self.listener = listener
    }

    /// The whole edit, to be divided among its parts.
    var progress: ProgressSpan { ProgressSpan(log: self, range: 0..<1) }

    /// Does some work and adds its time to its kind.
    func measure<T>(_ name: String, _ work: () throws -> T) rethrows -> T {
        let began = ContinuousClock.now
        defer {
            let taken = began.duration(to: .now) / .seconds(1)
            if let index = seconds.firstIndex(where: { $0.name == name }) {
                seconds[index].seconds += taken
            } else {
                seconds.append((name, taken))
            }
        }
        return try work()
    }

    /// Tells how far the edit has come; throws what the listener throws to stop it.
    func advance(to fraction: Double, _ stage: String) throws {
        try Task.checkCancellation()
        self.fraction = max(self.fraction, min(fraction, 1))
        // Before the first hundredth any guess is wrong.
        let left = self.fraction < 0.01 ? nil : elapsed * (1 - self.fraction) / self.fraction
        try listener(.progress(EditProgress(stage: stage, fraction: self.fraction, secondsLeft: left)))
    }

    func show(_ preview: EditPreview) throws { try listener(.preview(preview)) }

    func note(_ sentence: String) {
        if !notes.contains(sentence) { notes.append(sentence) }
    }

    /// Notes what the memory found for a prompt.
    func remember(_ prompt: String, _ finding: Memory.Finding) {
        let captions = finding.neighbours.enumerated().sorted {
            (-$0.element.share, $0.offset) < (-$1.element.share, $1.offset)
        }
        remembered.append(EditReport.Remembered(prompt: prompt, captions: captions.map(\.element)))
        if finding.neighbours.isEmpty {
            note("Nothing that the model remembers is near '\(prompt)': its text tower alone says what is heard.")
        }
    }

    var stages: [EditReport.Stage] { seconds.map { EditReport.Stage(name: $0.name, seconds: $0.seconds) } }

    /// Seconds since the edit began.
    var elapsed: Double { start.duration(to: .now) / .seconds(1) }
}

/// A part of an edit's progress.
struct ProgressSpan {
    let log: EditLog
    /// Of the whole edit, within 0..<1.
    private let range: Range<Double>
    /// Seconds of the source at the start of the passage that is being made.
    private let origin: Double

    init(log: EditLog, range: Range<Double>, origin: Double = 0) {
        self.log = log
        self.range = range
        self.origin = origin
    }

    /// The span of a passage that starts at some second of the source.
    func passage(at origin: Double, _ share: Range<Double>) -> ProgressSpan {
        ProgressSpan(log: log, range: part(share).range, origin: origin)
    }

    func part(_ share: Range<Double>) -> ProgressSpan {
        let length = range.upperBound - range.lowerBound
        return ProgressSpan(
            log: log,
            range: range.lowerBound + share.lowerBound * length..<range.lowerBound + share.upperBound * length,
            origin: origin)
    }

    /// The n-th of some equal parts.
    func part(_ index: Int, of count: Int) -> ProgressSpan {
        part(Double(index) / Double(count)..<Double(index + 1) / Double(count))
    }

    func advance(to share: Double, _ stage: String) throws {
        try log.advance(to: range.lowerBound + share * (range.upperBound - range.lowerBound), stage)
    }

    /// Shows a latent without noise that starts at a cell of the passage.
    func show(_ latent: Tensor, from cell: Int, _ loaded: LoadedModel) throws {
        let seconds = Double(cell * loaded.grid.factor) / loaded.model.frontEnd.frameRate
        try log.show(EditPreview(start: origin + seconds, latent: latent, loaded))
    }
}
