public import Foundation

/// Why a job cannot be done, in the words of whoever asked for it.
public enum EditingError: Error, Equatable {
    /// A setting out of its range.
    case setting(name: String, expected: String, found: String)
    case noRegions
    case regionReversed(start: Double, end: Double)
    case regionOutside(start: Double, end: Double, duration: Double)
    case regionTooShort(start: Double, end: Double, rate: Int)
    /// A region that covers a whole file leaves nothing to go by.
    case nothingAround(file: String)
    /// There is nothing above the cut-off that the model could add.
    case cutoffAboveModel(cutoff: Double, highest: Double)
    case rateTooLow(rate: Int, cutoff: Double)
    case vocoderDoesNotFit(model: String, reason: String)
    case recipeLacks(name: String, job: Job)
    /// The bundled model is not there.
    case noDefaultModel
}

extension EditingError: CustomStringConvertible, LocalizedError {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .setting(let name, let expected, let found): "\(name): \(expected) expected, found \(found)"
        case .noRegions: "--region: at least one is expected, as START-END in seconds or h:mm:ss"
        case .regionReversed(let start, let end):
            "--region \(Self.number(start))-\(Self.number(end)): the end must come after the start"
        case .regionOutside(let start, let end, let duration):
            "--region \(Self.number(start))-\(Self.number(end)): lies outside the file, which lasts \(Self.number(duration)) s"
        case .regionTooShort(let start, let end, let rate):
            "--region \(Self.number(start))-\(Self.number(end)): is shorter than one sample at \(rate) Hz"
        case .nothingAround(let file):
            "\(file): the regions cover all of it, so that nothing tells what to fill in; give a --prompt or smaller regions"
        case .cutoffAboveModel(let cutoff, let highest):
            "the sound already reaches \(Self.number(cutoff)) Hz and the model no further than \(Self.number(highest)) Hz: "
                + "nothing to add; if you know better, give --cutoff"
        case .rateTooLow(let rate, let cutoff):
            "--rate \(rate): must be above twice the cut-off, \(Self.number(2 * cutoff)) Hz"
        case .vocoderDoesNotFit(let model, let reason): "\(model): its vocoder does not fit the model: \(reason)"
        case .recipeLacks(let name, let job): "the recipe lacks \(name), which \(job.rawValue) needs"
        case .noDefaultModel: "this build carries no default model; give one with --model"
        }
    }

    /// Up to three decimals, without trailing zeros.
    private static func number(_ value: Double) -> String {
        var text = String(format: "%.3f", value)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
