public import Foundation

/// The reasons why an edit cannot be done, in the words of the library. A program that has options for these settings
/// may say it in theirs.
public enum EditingError: Error, Equatable {
    /// A setting that has a range, by its name in messages.
    public enum Setting: String, Sendable, CaseIterable {
        /// The length of what is made after a sound's end, in seconds.
        case after
        /// The length of what is made before a sound's beginning, in seconds.
        case before
        /// The frequency above which sound is made, in Hz.
        case cutoff = "cut-off"
        /// The length of a new sound, in seconds.
        case duration
        /// The share of fresh noise in each step.
        case eta
        /// The share that example sounds have beside a prompt.
        case exampleWeight = "weight of the examples"
        /// The time over which what is made comes in and goes out, in seconds.
        case fade
        /// How far an edit goes over into its source at the edges.
        case feather
        /// How strongly the prompt is followed.
        case guidance
        /// The noise-to-signal ratios at which there is guidance.
        case guidanceInterval = "guidance interval"
        /// The length of a loop, in seconds.
        case length
        /// How a source is led to the prompt.
        case method
        /// How often each step is taken.
        case passes
        /// The sampling rate of the result, in Hz.
        case rate
        /// The length of what leads a loop's end into its beginning, in seconds.
        case seam
        /// What a fill starts from.
        case start
        /// The number of denoising steps.
        case steps
        /// How far a sound changes.
        case strength
        /// The number of takes of a new sound.
        case takes
    }

    /// A setting is out of its range.
    case setting(Setting, expected: String, found: String)
    /// A job that works on regions was given none.
    case noRegions
    /// A region, in seconds, does not end after its start.
    case regionReversed(start: Double, end: Double)
    /// A region does not lie within the sound; all times are in seconds.
    case regionOutside(start: Double, end: Double, duration: Double)
    /// A region, in seconds, is shorter than one sample at the sound's rate, in Hz.
    case regionTooShort(start: Double, end: Double, rate: Int)
    /// The higher frequency of a rectangle is not above the lower one.
    case bandReversed(Region)
    /// A rectangle lies above the highest frequency of the sound, in Hz.
    case bandOutside(Region, highest: Double)
    /// The example that is looked for is too short to tell anything; both are in seconds.
    case exampleTooShort(seconds: Double, shortest: Double)
    /// The regions cover the whole sound, which leaves nothing to go by.
    case nothingAround(sound: String)
    /// A map of strengths has another number of cells than it says, or a strength outside 0...1.
    case strengthMap(String)
    /// A job that needs a sound to edit was given none.
    case noSource(job: String)
    /// The sound reaches as high as the model, or higher, so that there is nothing to add; both are in Hz, as is where
    /// it falls off gently, if it seems to.
    case cutoffAboveModel(cutoff: Double, highest: Double, knee: Double? = nil)
    /// The rate that was asked for, in Hz, does not hold more than what lies below the cut-off, in Hz.
    case rateTooLow(rate: Int, cutoff: Double)
    /// The vocoder of another model does not take the log-mels of this one.
    case vocoderDoesNotFit(model: String, reason: String)
    /// The editor has another model open than the one that the request names.
    case otherModel(name: String, expected: String, found: String)
    /// The source is not the one that the recipe was made with.
    case otherSource(name: String, expected: String, found: String)
    /// JSON is not a request, or not a recipe.
    case request(String)
    /// A line of a list of labels is not one.
    case labels(file: String, line: Int, reason: String)
    /// A list of regions has none.
    case noLabels(file: String)
    /// A sound file has no markers.
    case noMarkers(sound: String)
    /// There is nothing among the examples that could be heard; nil where none was named.
    case noExamples(folder: String?)
    /// An example is silent.
    case silentExample(sound: String)
    /// The model has no audio tower, which hears examples.
    case noTower(model: String)
    /// No model was named, and this build carries none.
    case noDefaultModel
}

extension EditingError {
    /// - Throws: `setting` unless the condition holds.
    static func demand(
        _ condition: Bool, _ setting: Setting, _ expected: String, _ found: any CustomStringConvertible
    ) throws(EditingError) {
        guard condition else { throw .setting(setting, expected: expected, found: found.description) }
    }

    /// - Throws: `setting` for a strength outside 0...1.
    static func check(strength: Double?) throws(EditingError) {
        guard let strength else { return }
        try demand((0...1).contains(strength), .strength, "0 to 1", strength)
    }
}

extension EditingError: CustomStringConvertible, LocalizedError {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .setting(let setting, let expected, let found): "\(setting.rawValue): \(expected) expected, found \(found)"
        case .noRegions: "regions: at least one expected"
        case .regionReversed(let start, let end):
            "region \(Region(start: start, end: end)): the end must come after the start"
        case .regionOutside(let start, let end, let duration):
            "region \(Region(start: start, end: end)): lies outside the sound, which lasts \(Self.number(duration)) s"
        case .regionTooShort(let start, let end, let rate):
            "region \(Region(start: start, end: end)): is shorter than one sample at \(rate) Hz"
        case .bandReversed(let region): "region \(region): the higher frequency must be above the lower one"
        case .bandOutside(let region, let highest):
            "region \(region): lies above \(Self.number(highest)) Hz, the highest frequency of the sound"
        case .nothingAround(let sound):
            "\(sound): the regions cover all of it, so that nothing tells what to fill in; give a prompt or smaller regions"
        case .exampleTooShort(let seconds, let shortest):
            "example: at least \(Self.number(shortest)) s expected, found \(Self.number(seconds)) s"
        case .strengthMap(let reason): "strength map: \(reason)"
        case .noSource(let job): "\(job): a sound to edit expected, found none"
        case .cutoffAboveModel(let cutoff, let highest, let knee):
            "the sound already reaches \(Int(cutoff.rounded())) Hz and the model no further than \(Int(highest.rounded())) Hz: "
                + "nothing to add; if you know better, give the cut-off"
                + (knee.map { " (above \(Int($0.rounded())) Hz it falls off as behind a gentle low-pass)" } ?? "")
        case .rateTooLow(let rate, let cutoff):
            "rate: above twice the cut-off expected, \(Self.number(2 * cutoff)) Hz, found \(rate)"
        case .vocoderDoesNotFit(let model, let reason): "\(model): its vocoder does not fit the model: \(reason)"
        case .otherModel(let name, let expected, let found):
            "the model \(name): content with the SHA-256 \(expected.prefix(12)) expected, found \(found.prefix(12))"
        case .otherSource(let name, let expected, let found):
            "\(name): the source with the SHA-256 \(expected.prefix(12)) expected, found \(found.prefix(12))"
        case .request(let reason): "request: \(reason)"
        case .labels(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .noLabels(let file): "\(file): a list of regions expected, found none in it"
        case .noMarkers(let sound): "\(sound): markers expected, found none in it"
        case .noExamples(let folder):
            folder.map { "\($0): sounds expected as examples, found none in it" }
                ?? "examples: at least one sound expected"
        case .silentExample(let sound): "\(sound): a sound expected as an example, found silence"
        case .noTower(let model):
            "\(model): a model that hears examples expected, found one without an audio tower; say it with a prompt"
        case .noDefaultModel: "this build carries no default model; give one"
        }
    }

    /// Up to three decimals, without trailing zeros.
    private static func number(_ value: Double) -> String {
        var text = String(format: "%.3f", value)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
