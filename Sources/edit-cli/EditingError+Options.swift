internal import Editing

extension EditingError {
    /// The error in the words of the program's options.
    var inOptions: String {
        switch self {
        case .setting(let setting, let expected, let found):
            "\(setting.option): \(Self.inOptions(expected)) expected, found \(found)"
        case .noRegions:
            "--region: at least one is expected, as START-END in seconds or h:mm:ss, or a list of them with --regions-from"
        case .regionReversed, .regionOutside, .regionTooShort, .bandReversed, .bandOutside: "--\(description)"
        case .nothingAround: description.replacing("give a prompt", with: "give a --prompt")
        case .cutoffAboveModel: description.replacing("give the cut-off", with: "give --cutoff")
        case .rateTooLow: "--\(description)"
        case .otherModel, .otherSource: "\(description); --anyway takes it all the same"
        case .request: String(description.dropFirst("request: ".count))
        case .exampleTooShort: "--like \(description.dropFirst("example: ".count))"
        case .noDefaultModel: "\(description) with --model"
        case .noExamples, .silentExample, .noTower: "--like: \(description)"
        case .labels, .noLabels, .noMarkers, .strengthMap, .noSource, .vocoderDoesNotFit: description
        }
    }
}

extension EditingError {
    /// What is expected, with the options that it depends on by their names.
    private static func inOptions(_ expected: String) -> String {
        expected.replacing("the sampler", with: "--sampler").replacing("the start", with: "--start")
            .replacing("with a prompt", with: "with --prompt").replacing("with passes", with: "with --passes")
            .replacing("an eta", with: "an --eta")
    }
}

extension EditingError.Setting {
    /// The option that sets it.
    var option: String {
        switch self {
        case .cutoff: "--cutoff"
        case .exampleWeight: "--like-weight"
        case .guidanceInterval: "--guidance-interval"
        case .after, .before, .duration, .eta, .fade, .feather, .guidance, .length, .method, .passes, .rate, .seam,
            .start, .steps, .strength, .takes:
            "--\(rawValue)"
        }
    }
}
