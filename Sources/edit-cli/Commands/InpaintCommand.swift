internal import ArgumentParser
internal import Batch
internal import Core
internal import Editing
internal import Foundation

struct InpaintCommand: EditCommand {
    static let configuration = CommandConfiguration(
        commandName: "inpaint",
        abstract: "Fill regions of a sound anew; every sample outside them stays.",
        discussion: Inpaint.discussion)

    @OptionGroup var sourceOptions: SourceOptions

    @OptionGroup var place: RegionOptions

    @Option(
        help: ArgumentHelp("What shall be heard there. (default: what the surroundings say)", valueName: "text"))
    var prompt: String?

    @Option(
        help: ArgumentHelp(
            "From 0, the passage of the surroundings that fits best, to 1, made from nothing. "
                + "(default: what the model was found to be best with, 0.1 for the bundled one; with a prompt 1)",
            valueName: "x"))
    var strength: Double?

    @Option(
        help: ArgumentHelp(
            "What a fill starts from: prediction (what both sides foretell, without the model), passage (the one that fits "
                + "best), line (nothing), beside (of rectangles: what lies below and above) or auto (prediction and passage, of narrow "
                + "rectangles beside).", valueName: "name"),
        transform: Choice.parse)
    var start: FillStart = .auto

    @OptionGroup var feather: FeatherOption

    @OptionGroup var takesOptions: TakesOptions

    @OptionGroup var options: JobOptions

    var source: SourceOptions? { sourceOptions }

    var takes: TakesOptions? { takesOptions }

    func request(for source: AudioFile?) throws -> Inpaint {
        let condition = try options.condition(prompt)
        return try Inpaint(
            regions: place.regions(of: source), strength: strength, start: start, feather: feather.feather,
            condition: condition,
            settings: options.settings(for: Inpaint.self, condition))
    }

    var hasPlace: Bool { !place.spans.isEmpty || place.regionsFrom != nil }

    /// In a folder a list of regions lies beside each sound, unless regions are given.
    func beside(_ sound: URL) -> InpaintCommand? {
        if hasPlace { return self }
        guard let labels = SoundFolder.labels(beside: sound) else { return nil }
        var result = self
        result.place.regionsFrom = labels.relativePath
        return result
    }
}
