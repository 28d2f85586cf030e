internal import Editing
internal import Foundation

extension EditReport {
    /// The report for people, without a last line end.
    var text: String { text(regions: true) }

    /// The report for people, without a last line end.
    /// - Parameter regions: whether the regions are named one by one.
    func text(regions: Bool) -> String {
        var lines = [
            "\(output ?? "the sound"): \(format), \(rate) Hz, \(Self.name(channels: channels)), \(Time.exact(duration))"
        ]
        if let cutoff { lines.append("new sound above \(Int(cutoff.rounded())) Hz") }
        lines += (regions ? edits : []).map { edit in
            let level = edit.levelDifference.map { "level \(Self.decibels($0)) against the surroundings" }
            let seam = edit.seam.map { "largest step at the edges \(Self.decibels($0)) against the surroundings'" }
            let peak = edit.peakReduction.map {
                String(format: "peaks lowered by up to %.1f dB to stay below the source's", $0)
            }
            let figures = [Self.origin(of: edit), level, seam, peak].compactMap { $0 }
            let line = "region \(edit.region): " + (figures.isEmpty ? "edited" : figures.joined(separator: ", "))
            return edit.figures.flatMap(Self.line).map { "\(line)\n  \($0)" } ?? line
        }
        lines += figures.flatMap(Self.line).map { [$0] } ?? []
        if let isIdenticalOutside, hasOutside {
            lines.append(
                "outside the regions: \(isIdenticalOutside ? "bit-identical to the source" : "not bit-identical")")
        }
        lines += remembered.compactMap(Self.line)
        lines += notes.map { "note: \($0)" }
        let shares = stages.map { String(format: "%@ %.2f", $0.name, $0.seconds) }.joined(separator: ", ")
        let runs = networkCalls == 1 ? "1 run of the network" : "\(networkCalls) runs of the network"
        lines.append(String(format: "took %.2f s, ", seconds) + runs + (shares.isEmpty ? "" : " (\(shares))"))
        return lines.joined(separator: "\n")
    }

    /// What was measured of samples that were made, in words.
    private static func line(_ figures: Figures) -> String? {
        func decibels(_ value: Double) -> String { String(format: "%.1f", value) }
        let levels = [("before", figures.levelBefore), ("inside", figures.level), ("after", figures.levelAfter)]
        let seams = [("start", figures.seamAtStart), ("end", figures.seamAtEnd)]
        func list(_ name: String, _ values: [(String, Double?)], _ unit: String) -> String? {
            let words = values.compactMap { word, value in value.map { "\(word) \(decibels($0))" } }
            return words.isEmpty ? nil : "\(name) \(words.joined(separator: ", ")) \(unit)"
        }
        let hasSides = figures.levelBefore != nil || figures.levelAfter != nil
        let words = [
            hasSides ? list("level", levels, "dBFS") : figures.level.map { "level \(decibels($0)) dBFS" },
            list("edges", seams, "dB"), figures.peak.map { "peak \(decibels($0)) dBFS" },
            figures.distance.map { "\(decibels($0)) dB from the source" },
            figures.similarity.map { String(format: "likeness to the prompt %.2f", $0) },
        ].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }

    /// What a region was made from, in words.
    private static func origin(of edit: Edit) -> String? {
        let foretold = edit.foretold.map { String(format: "%.0f %% foretold by its sides", 100 * $0) }
        let rest: String? =
            switch edit.start {
            case .passage: "from the passage that fits best"
            case .beside: "from the frequencies beside it"
            case .line: "from nothing"
            case .auto, .prediction, nil: nil
            }
        guard let foretold else { return rest }
        return rest.map { "\(foretold), the rest \($0)" } ?? foretold
    }

    /// How many captions are named.
    private static let mostCaptions = 4

    /// What a prompt was taken to sound like; nil where nothing was near, of which there is a note.
    private static func line(_ remembered: Remembered) -> String? {
        guard !remembered.captions.isEmpty else { return nil }
        let shown = remembered.captions.prefix(mostCaptions).map {
            String(format: "%@ (%.0f %%)", $0.caption, 100 * $0.share)
        }
        let more = remembered.captions.count - shown.count
        return "'\(remembered.prompt)' sounds like: " + shown.joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
    }

    /// Whether the edits leave anything as it was.
    private var hasOutside: Bool { edits.reduce(0) { $0 + $1.region.duration } < duration - 0.5 / Double(rate) }

    private static func name(channels: Int) -> String {
        channels == 1 ? "mono" : channels == 2 ? "stereo" : "\(channels) channels"
    }

    private static func decibels(_ value: Double) -> String { String(format: "%+.1f dB", value) }
}
