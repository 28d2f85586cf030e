/// How far a job has come.
public struct JobProgress: Sendable, Equatable {
    /// What is being done, such as "denoise".
    public let stage: String
    /// Of the whole job, 0...1; never falls.
    public let fraction: Double

    public init(stage: String, fraction: Double) {
        self.stage = stage
        self.fraction = fraction
    }
}

/// Called between the steps of a job, on the job's own thread. What it throws stops the job, which then leaves no file behind.
public typealias ProgressHandler = (JobProgress) throws -> Void
