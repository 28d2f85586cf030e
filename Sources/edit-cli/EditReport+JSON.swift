internal import Editing
internal import Foundation

extension EditReport {
    private struct Document: Encodable {
        struct Place: Encodable {
            let start, end: Double
            let low, high: Double?
            let levelDifference, seam, peakReduction: Double?
            let origin: String?
            let foretold: Double?
            let figures: Figures?

            enum CodingKeys: String, CodingKey {
                case start, end, low, high, foretold, figures
                case origin = "from"
                case levelDifference = "level_difference_db"
                case seam = "seam_db"
                case peakReduction = "peak_reduction_db"
            }
        }
        struct Figures: Encodable {
            let level, levelBefore, levelAfter, peak, seamAtStart, seamAtEnd, distance, similarity: Double?

            init(_ figures: EditReport.Figures) {
                (level, levelBefore, levelAfter) = (figures.level, figures.levelBefore, figures.levelAfter)
                (peak, seamAtStart, seamAtEnd) = (figures.peak, figures.seamAtStart, figures.seamAtEnd)
                (distance, similarity) = (figures.distance, figures.similarity)
            }

            enum CodingKeys: String, CodingKey {
                case similarity
                case level = "level_db"
                case levelBefore = "level_before_db"
                case levelAfter = "level_after_db"
                case peak = "peak_db"
                case seamAtStart = "seam_at_start_db"
                case seamAtEnd = "seam_at_end_db"
                case distance = "distance_db"
            }
        }
        let output: String?
        let format: String
        let rate, channels: Int
        let duration: Double
        let isIdenticalOutside: Bool?
        let regions: [Place]
        let figures: Figures?
        let cutoff: Double?
        let remembered: [Remembered]
        let networkCalls: Int
        let seconds: Double
        let stages: [String: Double]
        let notes: [String]

        enum CodingKeys: String, CodingKey {
            case output, format, rate, channels, duration, regions, figures, cutoff, remembered, seconds, stages, notes
            case isIdenticalOutside = "identical_outside"
            case networkCalls = "network_calls"
        }
    }

    /// The report for programs, without a last line end.
    var json: String {
        get throws {
            let document = Document(
                output: output, format: format, rate: rate, channels: channels, duration: duration,
                isIdenticalOutside: isIdenticalOutside,
                regions: edits.map {
                    Document.Place(
                        start: $0.region.start, end: $0.region.end, low: $0.region.band?.low,
                        high: $0.region.band.flatMap { $0.high < .infinity ? $0.high : nil },
                        levelDifference: $0.levelDifference, seam: $0.seam,
                        peakReduction: $0.peakReduction, origin: $0.start?.rawValue, foretold: $0.foretold,
                        figures: $0.figures.map(Document.Figures.init))
                }, figures: figures.map(Document.Figures.init),
                cutoff: cutoff, remembered: remembered, networkCalls: networkCalls, seconds: seconds,
                stages: Dictionary(stages.map { ($0.name, $0.seconds) }, uniquingKeysWith: +), notes: notes)
            return try document.jsonText
        }
    }
}
