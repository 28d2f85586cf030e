public import Foundation

/// Why an edit cannot be done, in the words of the library. A program that has options for these settings may say it in theirs.
public enum EditingError: Error, Equatable {
    /// A setting that has a range.
    public enum Setting: String, Sendable, CaseIterable {
        case cutoff = "cut-off"
        case duration, eta, guidance
        case guidanceInterval = "guidance interval"
        case passes, rate, steps, strength, takes
    }

    /// A setting out of its range.
    case setting(Setting, expected: String, found: String)
    case noRegions
    case regionReversed(start: Double, end: Double)
    case regionOutside(start: Double, end: Double, duration: Double)
    case regionTooShort(start: Double, end: Double, rate: Int)
    /// A region that covers a whole sound leaves nothing to go by.
    case nothingAround(sound: String)
    /// A map of strengths that is none.
    case strengthMap(String)
    /// An edit that needs a source, and has none.
    case noSource(job: String)
    /// There is nothing above the cut-off that the model could add.
    case cutoffAboveModel(cutoff: Double, highest: Double)
    case rateTooLow(rate: Int, cutoff: Double)
    case vocoderDoesNotFit(model: String, reason: String)
    /// The editor has another model open than the one that the request names.
    case otherModel(name: String, expected: String, found: String)
    /// A source that is not the one that the recipe was made with.
    case otherSource(name: String, expected: String, found: String)
    /// JSON that is no request.
    case request(String)
    /// The bundled model is not there.
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
        case .nothingAround(let sound):
            "\(sound): the regions cover all of it, so that nothing tells what to fill in; give a prompt or smaller regions"
        case .strengthMap(let reason): "strength map: \(reason)"
        case .noSource(let job): "\(job): a sound to edit expected, found none"
        case .cutoffAboveModel(let cutoff, let highest):
            "the sound already reaches \(Self.number(cutoff)) Hz and the model no further than \(Self.number(highest)) Hz: "
                + "nothing to add; if you know better, give the cut-off"
        case .rateTooLow(let rate, let cutoff):
            "rate: above twice the cut-off expected, \(Self.number(2 * cutoff)) Hz, found \(rate)"
        case .vocoderDoesNotFit(let model, let reason): "\(model): its vocoder does not fit the model: \(reason)"
        case .otherModel(let name, let expected, let found):
            "the model \(name): content with the SHA-256 \(expected.prefix(12)) expected, found \(found.prefix(12))"
        case .otherSource(let name, let expected, let found):
            "\(name): the source with the SHA-256 \(expected.prefix(12)) expected, found \(found.prefix(12))"
        case .request(let reason): "request: \(reason)"
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
