/// One figure of an evaluation.
public struct Measure: Sendable, Codable, Equatable {
    /// The kinds of figures; `docs/evaluation.md` defines each.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The Frechet distance of the sets' embeddings, one per sound.
        case frechetDistance = "frechet_distance"
        /// The Frechet distance of the sets' embeddings, one per window.
        case frechetAudioDistance = "frechet_audio_distance"
        /// The inception score of the outputs.
        case inceptionScore = "inception_score"
        /// The inception score of the references, beside which that of the outputs stands.
        case inceptionScoreOfReferences = "inception_score_of_references"
        /// The divergence of the classes heard in an output from those heard in its reference.
        case divergence = "kl_divergence"
        /// The cosine of what the audio tower hears and what the text tower reads.
        case clapScore = "clap_score"
        /// The same cosine for the references.
        case clapScoreOfReferences = "clap_score_of_references"
        /// The log-spectral distance.
        case logSpectralDistance = "log_spectral_distance"
        /// The scale-invariant signal-to-distortion ratio, in dB.
        case signalToDistortion = "si_sdr"
        /// The mean absolute difference of mel levels, in dB.
        case melError = "mel_error"
        /// The mean difference of mel levels, in dB.
        case melLevel = "mel_level"
        /// How lively an output is against its reference.
        case texture
        /// How much the edges of an edit stick out, in dB.
        case seam

        /// What the figure is counted in, where it has a unit.
        public var unit: String? {
            switch self {
            case .signalToDistortion, .melError, .melLevel, .seam: "dB"
            default: nil
            }
        }
    }

    /// What is measured.
    public let kind: Kind
    /// The figure.
    public let value: Double
    /// Where the figure would lie for other sounds of the same kind, in 19 of 20 draws; nil where there are too few to tell.
    public let interval: Interval?
    /// How many sounds, windows or pairs it was taken of.
    public let count: Int
    /// The values whose mean the figure is, by the names of the outputs; nil for a figure that sets alone have.
    public let each: [String: Double]?

    /// The ends of an interval.
    public struct Interval: Sendable, Codable, Equatable {
        /// The lower end.
        public let low: Double
        /// The upper end.
        public let high: Double
    }
}
