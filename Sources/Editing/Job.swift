/// What can be done to a sound.
public enum Job: String, Sendable, Codable, CaseIterable {
    /// A new sound from a prompt.
    case generate
    /// New sound inside regions, everything around them kept.
    case inpaint
    /// New sound above a cut-off frequency, everything below it kept.
    case upsample
    /// The same sound, drawn towards a prompt.
    case restyle
}

extension Job {
    /// The settings that a job has unless others are asked for: the only place where they are.
    public struct Defaults: Sendable {
        public let steps: Int
        public let guidance: Double
        public let guidanceInterval: ClosedRange<Double>?
        public let sampler: Sampler
        public let resampling: Int
    }

    public var defaults: Defaults {
        switch self {
        case .generate: Defaults(steps: 25, guidance: 2.5, guidanceInterval: nil, sampler: .dpmSolver, resampling: 1)
        // Guidance pulls a fill away from its surroundings; without it the levels agree.
        case .inpaint, .upsample: Defaults(steps: 25, guidance: 1, guidanceInterval: nil, sampler: .ddim, resampling: 1)
        case .restyle: Defaults(steps: 25, guidance: 2.5, guidanceInterval: nil, sampler: .dpmSolver, resampling: 1)
        }
    }
}
