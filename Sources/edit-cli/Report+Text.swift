internal import Editing
internal import Foundation

extension Report {
    /// The report for people, without a last line end.
    var text: String {
        var lines = [
            "\(output): \(format), \(rate) Hz, \(channels == 1 ? "mono" : "\(channels) channels"), \(Time.exact(duration))"
        ]
        if let cutoff { lines.append("new sound above \(Int(cutoff.rounded())) Hz") }
        for edit in edits {
            var figures: [String] = []
            if let level = edit.levelDifference {
                figures.append("level \(Self.decibels(level)) against the surroundings")
            }
            if let seam = edit.seam {
                figures.append("largest step at the edges \(Self.decibels(seam)) against the surroundings'")
            }
            lines.append(
                "region \(edit.region): \(figures.isEmpty ? "silent surroundings" : figures.joined(separator: ", "))")
        }
        if let isIdenticalOutside {
            lines.append(
                isIdenticalOutside
                    ? "outside the regions: bit-identical to the source" : "outside the regions: not bit-identical")
        }
        lines += notes.map { "note: \($0)" }
        let shares = stages.map { String(format: "%@ %.2f", $0.name, $0.seconds) }.joined(separator: ", ")
        lines.append(String(format: "took %.2f s", seconds) + (shares.isEmpty ? "" : " (\(shares))"))
        return lines.joined(separator: "\n")
    }

    private static func decibels(_ value: Double) -> String { String(format: "%+.1f dB", value) }
}
