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

    /// A description of what shall be heard.
    var condition: Condition { get set }

    /// The settings of how the edit is made.
    var settings: Settings { get set }

    /// Fills in what was left to the model.
    /// - Parameter model: the traits of the model that will make the edit.
    /// - Returns: the same request with everything said.
    func completed(for model: ModelTraits) -> Self

    /// Says what the editor is to do.
    /// - Parameter source: the sound to edit; nil where there is none.
    /// - Throws: `EditingError` for a request that does not fit the source.
    func plan(for source: (any SoundSource)?) throws -> EditPlan
}

extension EditRequest {
    /// The word for the job, as the type has it.
    public var job: String { Self.job }

    /// Leaves the request as it is: most jobs leave nothing to the model.
    public func completed(for model: ModelTraits) -> Self { self }
}

/// The settings that a job has unless others are asked for.
public struct SamplingDefaults: Sendable {
    /// The number of denoising steps from pure noise.
    public let steps: Int
    /// How strongly the prompt, or what the surroundings say, is followed; 1 for no guidance.
    public let guidance: Double
    /// The same where a prompt or an example says what shall be heard.
    public let promptedGuidance: Double
    /// The noise-to-signal ratios at which there is guidance; nil for all.
    public let guidanceInterval: ClosedRange<Double>?
    /// The solver that walks from noise to sound.
    public let sampler: Sampler

    /// Defaults for a job of your own.
    /// - Parameters:
    ///   - steps: the number of denoising steps from pure noise.
    ///   - guidance: how strongly the prompt, or what the surroundings say, is followed; 1 for no guidance.
    ///   - promptedGuidance: the same where a prompt or an example says what shall be heard; nil for no other.
    ///   - guidanceInterval: the noise-to-signal ratios at which there is guidance; nil for all.
    ///   - sampler: the solver that walks from noise to sound.
    public init(
        steps: Int = 25, guidance: Double, promptedGuidance: Double? = nil,
        guidanceInterval: ClosedRange<Double>? = nil, sampler: Sampler
    ) {
        self.steps = steps
        self.guidance = guidance
        self.promptedGuidance = promptedGuidance ?? guidance
        self.guidanceInterval = guidanceInterval
        self.sampler = sampler
    }

    /// How strongly a condition is followed.
    public func guidance(for condition: Condition) -> Double { condition.isOpen ? guidance : promptedGuidance }

    /// The defaults of jobs that follow a prompt.
    public static let prompted = SamplingDefaults(guidance: 2.5, sampler: .dpmSolver)

    /// The defaults of jobs that draw a sound towards a prompt. A part of the walk has to lead as far as the whole would, so guidance is
    /// stronger, though not where there is hardly anything but noise: so strong, it led beyond all sounds there. More steps lead no farther.
    public static let drawn = SamplingDefaults(steps: 8, guidance: 12, guidanceInterval: 0...4, sampler: .dpmSolver)

    /// The defaults of jobs that follow the sound around them. Guidance pulls a fill away from its surroundings;
    /// without it the levels agree. A prompt would hardly be heard without it.
    public static let surrounded = SamplingDefaults(
        guidance: 1, promptedGuidance: prompted.guidance, sampler: .ddim)
}
