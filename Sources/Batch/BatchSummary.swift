public import Editing

/// What became of one job of a batch.
public struct BatchResult: Sendable {
    /// The ways in which a job can end.
    public enum Outcome: Sendable {
        /// The result was made.
        case done(EditReport)
        /// The result was there already.
        case present
        /// Another run is making the result.
        case elsewhere
        /// The job could not be done.
        case failed(any Error)
    }

    /// The place of the job in the list, from 0.
    public let index: Int
    /// The file of the sound that was to be edited.
    public let input: String?
    /// The file of the result, with its number where it was given one.
    public let output: String
    /// How the job ended.
    public let outcome: Outcome
    /// The time that the job took, in seconds.
    public let seconds: Double
}

/// What became of a batch.
public struct BatchSummary: Sendable {
    /// The jobs that were begun, in the order of the list.
    public let results: [BatchResult]
    /// The number of jobs that were not begun, as the batch was stopped.
    public let left: Int
    /// The time that the batch took, in seconds.
    public let seconds: Double

    /// The number of results that were made.
    public var done: Int { results.count { if case .done = $0.outcome { true } else { false } } }
    /// The number of results that were there already.
    public var present: Int { results.count { if case .present = $0.outcome { true } else { false } } }
    /// The number of results that another run is making.
    public var elsewhere: Int { results.count { if case .elsewhere = $0.outcome { true } else { false } } }
    /// The number of jobs that could not be done.
    public var failed: Int { results.count { if case .failed = $0.outcome { true } else { false } } }
}

/// What a batch tells while it goes on.
public enum BatchEvent: Sendable {
    /// The batch has come some way further.
    case progress(EditProgress)
    /// A job has ended.
    case ended(BatchResult)
}
