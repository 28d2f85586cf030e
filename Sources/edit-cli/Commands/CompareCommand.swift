internal import ArgumentParser
internal import Core
internal import Editing
internal import Evaluation
internal import Foundation
internal import Plotting

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Hold two sounds against each other: levels, spectra, distances, likeness.",
        discussion: "The second sound is held against the first. The figures are defined in docs/evaluation.md.")

    @Argument(help: "The first sound file, or - for standard input.", completion: .file())
    var first: String

    @Argument(help: "The second one, such as its edit.", completion: .file())
    var second: String

    @OptionGroup var place: RegionOptions

    @Option(help: ArgumentHelp("A picture of both to write, a PNG file.", valueName: "picture"))
    var plot: String?

    @OptionGroup var model: ModelOption

    @OptionGroup var threads: ThreadsOption

    @Flag(help: "Replace the picture if it exists.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try NamedSound.validate([first, second])
        if let plot, URL(fileURLWithPath: plot).pathExtension.lowercased() != "png" {
            throw ValidationError("--plot: a name that ends in .png expected, found '\(plot)'")
        }
    }

    func run() throws {
        threads.apply()
        let files = try [first, second].map { try NamedSound.open($0) }
        let regions = try place.regions(of: files[0])
        let tower: TowerNetwork?
        // A model that cannot hear leaves the likeness out.
        do { tower = try model.tower() } catch EvaluationError.noTower { tower = nil }
        let wanted: [Region?] = regions.isEmpty ? [nil] : regions
        let comparisons = try AudioError.naming(files) {
            try wanted.map { try SoundComparison(of: files[0], files[1], in: $0, tower: tower) }
        }
        if let plot {
            let picture = try SpectrogramPlot(files, regions: regions).png()
            try OutputFile.write(picture, to: URL(fileURLWithPath: plot), overwrite: force)
        }
        StandardOutput.print(json ? try comparisons.jsonText : comparisons.map(\.text).joined(separator: "\n\n"))
    }
}

extension ModelOption {
    /// The towers of the model that is asked for, as the network that hears.
    /// - Throws: `EvaluationError.noTower`, and what opening a model throws.
    func tower() throws -> TowerNetwork {
        // Figures are the same on every processor unless something else is asked for.
        let precision: Precision = wantedPrecision == .bfloat16 ? .bfloat16 : .float32
        let editor = try Editor(model: folder, headRule: heads, precision: precision)
        let isBundled = editor.reference.name == ModelReference.bundledName
        return try TowerNetwork(editor.model, name: isBundled ? "the bundled model" : editor.reference.name)
    }
}

extension SoundComparison {
    /// The table for people, without a last line end.
    var text: String {
        var lines = ["\(first.name) and \(second.name), \(region) s", Self.row("", "first", "second", "difference")]
        lines.append(Self.row("level, dBFS", first.level, second.level))
        lines.append(Self.row("peak, dBFS", first.peak, second.peak))
        for octave in Self.octaves(of: bands) { lines.append(Self.row(octave.name, octave.first, octave.second)) }
        lines += [
            ("log-spectral distance", logSpectralDistance, ""), ("SI-SDR", signalToDistortion, " dB"),
            ("mel error", melError, " dB"), ("mel level", melLevel, " dB"), ("texture", texture, ""),
            ("likeness", similarity, ""),
        ].compactMap { name, value, unit in
            value.map { name.padding(toLength: 22, withPad: " ", startingAt: 0) + String(format: "%9.3f", $0) + unit }
        }
        if let differences {
            let shown = differences.prefix(5).map(\.description).joined(separator: ", ")
            let more = differences.count > 5 ? " and \(differences.count - 5) more" : ""
            lines.append(differences.isEmpty ? "the samples are the same" : "the samples differ in \(shown) s\(more)")
        }
        return lines.joined(separator: "\n")
    }

    /// Bands of an octave, of three each: more would fill the screen.
    private static func octaves(of bands: [Band]) -> [(name: String, first: Double?, second: Double?)] {
        func sum(_ values: [Double?]) -> Double? {
            let power = values.compactMap(\.self).reduce(0) { $0 + pow(10, $1 / 10) }
            return power > 0 ? 10 * log10(power) : nil
        }
        return stride(from: 0, to: bands.count, by: 3).map { start in
            let part = bands[start..<min(bands.count, start + 3)]
            let ends = (part.first!.centre * exp2(-1.0 / 6), part.last!.centre * exp2(1.0 / 6))
            return (
                String(format: "%.0f-%.0f Hz, dB", ends.0, ends.1), sum(part.map(\.first)), sum(part.map(\.second))
            )
        }
    }

    private static func row(_ name: String, _ first: Double?, _ second: Double?) -> String {
        func text(_ value: Double?) -> String { value.map { String(format: "%.1f", $0) } ?? "silent" }
        let difference = first.flatMap { first in second.map { String(format: "%+.1f", $0 - first) } } ?? ""
        return row(name, text(first), text(second), difference)
    }

    private static func row(_ name: String, _ cells: String...) -> String {
        name.padding(toLength: 22, withPad: " ", startingAt: 0)
            + cells.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
    }
}
