public import Core

/// An edit as a value: everything that, with the source, decides the result.
///
/// A type of its own for each job says what the job needs beside what all jobs have. A request is checked when it is made or read, so
/// that a value of it is never out of range; it can be written as JSON (see `RequestDocument`), kept, compared, sent and done again.
///
/// To add a job, write a type of this protocol: its `plan` says what of the sound changes how far, what that starts from, and how it
/// comes back into the source. Nothing else in the library has to know it.
public protocol EditRequest: Codable, Sendable, Equatable {
    /// The word for the job in JSON and in reports, such as "inpaint".
    static var job: String { get }

    /// The settings that the job has unless others are asked for.
    static var defaults: SamplingDefaults { get }

    /// What shall be heard.
    var condition: Condition { get set }

    /// How it is made.
    var settings: Settings { get set }

    /// The same request with everything that was left to the model as the model has it.
    func completed(for model: ModelTraits) -> Self

    /// What the editor is to do.
    /// - Parameter source: nil where there is none.
    /// - Throws: `EditingError` for a request that does not fit the source.
    func plan(for source: (any SoundSource)?) throws -> EditPlan
}

extension EditRequest {
    public var job: String { Self.job }

    public func completed(for model: ModelTraits) -> Self { self }
}

/// The settings that a job has unless others are asked for.
public struct SamplingDefaults: Sendable {
    public let steps: Int
    public let guidance: Double
    public let sampler: Sampler

    public init(steps: Int = 25, guidance: Double, sampler: Sampler) {
        self.steps = steps
        self.guidance = guidance
        self.sampler = sampler
    }

    /// Of jobs that follow a prompt.
    public static let prompted = SamplingDefaults(guidance: 2.5, sampler: .dpmSolver)

    /// Of jobs that follow the sound around them. Guidance pulls a fill away from its surroundings; without it the levels agree.
    public static let surrounded = SamplingDefaults(guidance: 1, sampler: .ddim)
}
