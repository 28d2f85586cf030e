internal import Editing
internal import Foundation

extension EditForecast {
    /// The forecast in the form that is asked for, without a last line end.
    func text(_ style: ReportStyle) throws -> String { style == .json ? try json : text }

    /// The forecast for people, without a last line end.
    private var text: String {
        var lines =
            regions.map { "region \($0): by the model" } + predicted.map { "region \($0): foretold by its sides" }
        if let cutoff { lines.append("new sound above \(Int(cutoff.rounded())) Hz") }
        lines += passages.map { passage in
            let parts = [
                Self.count(passage.segments, "segment"), Self.count(passage.windows, "window"),
                Self.count(passage.steps, "step"), Self.count(passage.networkCalls, "run") + " of the network",
            ]
            return "passage \(Time.exact(passage.start)) to \(Time.exact(passage.end)): "
                + parts.joined(separator: ", ")
        }
        if passages.isEmpty, predicted.isEmpty { lines.append("nothing would be changed") }
        lines.append(
            Self.count(networkCalls, "run") + " of the network, "
                + String(format: "about %.1f s, about %.0f MB of memory", seconds, Double(memory) / 1e6))
        lines.append("nothing was written")
        return lines.joined(separator: "\n")
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private struct Document: Encodable {
        let regions, predicted: [Region]
        let passages: [Passage]
        let cutoff: Double?
        let networkCalls: Int
        let seconds: Double
        let memory: Int

        enum CodingKeys: String, CodingKey {
            case regions, predicted, passages, cutoff, seconds
            case networkCalls = "network_calls"
            case memory = "memory_bytes"
        }
    }

    private var json: String {
        get throws {
            try Document(
                regions: regions, predicted: predicted, passages: passages, cutoff: cutoff, networkCalls: networkCalls,
                seconds: seconds, memory: memory
            ).jsonText
        }
    }
}
