import Foundation
import TestSupport
import Testing

/// `edit-cli evaluate`.
@Suite struct EvaluateTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        for folder in ["real", "made"] {
            try FileManager.default.createDirectory(at: workplace.url(folder), withIntermediateDirectories: true)
        }
        for number in 0..<4 {
            try workplace.makeSound("real/\(number).wav", rate: 16_000, seconds: 0.6)
            try workplace.makeSound("made/\(number).flac", .flac, rate: 16_000, seconds: 0.6)
        }
    }

    private static let network = Fixture.url("evaluation/cnn14-32k.pth").path

    @Test func theTableNamesFiguresIntervalsAndTheNetwork() throws {
        let outcome = try workplace.run("evaluate", "real", "made", "--pairs", "--network", Self.network)
        #expect(outcome.status == 0 && outcome.errors == "")
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "4 pairs; heard by PANNs Cnn14, 32 kHz")
        #expect(
            lines.contains { $0.contains(#/^SI-SDR +100\.0 dB +100\.0 to 100\.0 +more is better$/#) },
            "\(outcome.output)")
        #expect(
            lines.contains { $0.contains(#/^Frechet distance, sounds +0\.000 .*less is better$/#) }, "\(outcome.output)"
        )
        #expect(!outcome.output.contains("CLAP"))
    }

    @Test func programsGetJSON() throws {
        try Data("0\train\n1\train\n2\train\n3\train\n".utf8).write(to: workplace.url("captions.tsv"))
        let outcome = try workplace.run(
            "evaluate", "real", "made", "--captions", "captions.tsv", "--json", "--model", Workplace.model)
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let measures = try #require(object["measures"] as? [[String: Any]])
        #expect(
            measures.compactMap { $0["kind"] as? String } == [
                "frechet_distance", "frechet_audio_distance", "inception_score", "inception_score_of_references",
                "clap_score",
                "clap_score_of_references",
            ])
        #expect(measures.allSatisfy { $0["value"] is Double && $0["count"] is Int })
        #expect((object["network"] as? String)?.contains("14 classes by their descriptions") == true)
    }

    @Test func whatIsWrongIsSaidInOneLine() throws {
        try workplace.expectFailure("evaluate", "real", "nowhere", message: "nowhere: no such file or folder")
        try workplace.expectFailure(
            "evaluate", "real", "made/0.flac", "--pairs", "--network", Self.network,
            message: "real and made/0.flac: two files or two folders expected, found a file and a folder")
        try workplace.expectFailure(
            "evaluate", "real", "made/0.flac", "--network", Self.network,
            message: "at least two sounds in each folder expected, found fewer; --pairs compares sounds of one name")
        let outcome = try workplace.run("evaluate", "real", "made", "--network", "none.pth")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasSuffix("none.pth: cannot be read: No such file or directory\n"), "\(outcome.errors)")
        try workplace.expectFailure(
            "evaluate", "real", "made", "--captions", "none.tsv", message: "none.tsv: no such file or folder")
    }
}
