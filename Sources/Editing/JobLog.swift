internal import Foundation

/// The running account of a job: time by kind of work, progress, and notes for the user. Of one thread.
final class JobLog {
    private let progress: ProgressHandler
    private let start = ContinuousClock.now
    private var seconds: [(name: String, seconds: Double)] = []
    private var fraction = 0.0
    private(set) var notes: [String] = []

    init(_ progress: @escaping ProgressHandler) {
        self.progress = progress
    }

    /// Does some work and adds its time to its kind.
    func measure<T>(_ name: String, _ work: () throws -> T) rethrows -> T {
        let began = ContinuousClock.now
        defer {
            let taken = Self.seconds(began.duration(to: .now))
            if let index = seconds.firstIndex(where: { $0.name == name }) {
                seconds[index].seconds += taken
            } else {
                seconds.append((name, taken))
            }
        }
        return try work()
    }

    /// Tells how far the job has come; throws what the listener throws to stop it.
    func advance(to fraction: Double, _ stage: String) throws {
        try Task.checkCancellation()
        self.fraction = max(self.fraction, min(fraction, 1))
        try progress(JobProgress(stage: stage, fraction: self.fraction))
    }

    func note(_ sentence: String) {
        if !notes.contains(sentence) { notes.append(sentence) }
    }

    var stages: [Report.Stage] { seconds.map { Report.Stage(name: $0.name, seconds: $0.seconds) } }
    var elapsed: Double { Self.seconds(start.duration(to: .now)) }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}
