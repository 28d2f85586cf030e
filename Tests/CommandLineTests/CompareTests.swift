import Foundation
import TestSupport
import Testing

/// Comparing, forecasting and reporting on the command line.
@Suite struct CompareTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("a.wav", rate: 22_050)
        let outcome = try workplace.edit("inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.5")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private func object(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    @Test func twoSoundsAreHeldAgainstEachOther() throws {
        let outcome = try workplace.run("compare", "a.wav", "b.wav", "--model", Workplace.model)
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(outcome.output.hasPrefix("a.wav and b.wav, 0-3 s\n"))
        #expect(outcome.output.contains(/\nlevel, dBFS +-\d+\.\d +-\d+\.\d +[+-]\d+\.\d\n/))
        #expect(outcome.output.contains(/\nlikeness +[01]\.\d+\n/))
        #expect(outcome.output.contains(/\nthe samples differ in 1-1\.\d+ s\n$/), "\(outcome.output)")
    }

    @Test func programsReadTheComparisonOfEachRegion() throws {
        let outcome = try workplace.run(
            "compare", "a.wav", "b.wav", "--region", "0-1", "--region", "1-1.5", "--json", "--plot", "p.png", "--model",
            Workplace.model)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let found = try #require(try object(outcome.output) as? [[String: Any]])
        #expect(found.count == 2)
        #expect(found[0]["si_sdr_db"] as? Double == 100)
        #expect(try #require(found[1]["si_sdr_db"] as? Double) < 30)
        #expect((found[1]["bands"] as? [Any])?.count ?? 0 > 20)
        #expect(try workplace.bytes("p.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        try workplace.expectFailure(
            "compare", "a.wav", "b.wav", "--plot", "p.png", "--model", Workplace.model,
            message: "p.png: exists already; choose another name or overwrite it with --force")
    }

    @Test(
        arguments: [
            ("a.wav b.wav --plot p.jpg", 64, "--plot: a name that ends in .png expected, found 'p.jpg'"),
            ("a.wav none.wav", 1, "none.wav: no such file"),
            ("a.wav b.wav --region 1-9", 1, "--region 1-9: lies outside the sound, which lasts 3 s"),
        ] as [(String, Int32, String)]) func whatCannotBeComparedIsNamed(
            line: String, status: Int32, message: String
        ) throws
    {
        let words = line.split(separator: " ").map(String.init)
        let outcome = try Program.run(
            ["compare"] + words + ["--model", Workplace.model], in: workplace.folder.url)
        #expect(outcome.status == status && outcome.errors == "edit-cli: \(message)\n", "\(outcome.errors)")
    }

    @Test func aDryRunSaysWhatWouldBeDone() throws {
        let before = try workplace.folder.contents()
        let outcome = try workplace.run(
            "inpaint", "a.wav", "-o", "c.wav", "--region", "1-1.5", "--region", "2-2.02", "--dry-run", "--steps", "10",
            "--model", Workplace.model)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output.contains(
                #/^region 1-1.5: by the model\nregion 2-2.02: foretold by its sides\npassage .*: 1 segment, 1 window, /#
            ))
        #expect(outcome.output.contains(/about \d+\.\d s, about \d+ MB of memory\nnothing was written\n$/))
        #expect(try workplace.folder.contents() == before)
        let json = try workplace.run(
            "generate", "rain", "-o", "-", "--duration", "1", "--takes", "2", "--steps", "5", "--dry-run", "--report",
            "json",
            "--model", Workplace.model)
        #expect(json.status == 0 && json.output == "")
        let found = try #require(try object(json.errors) as? [String: Any])
        #expect(found["network_calls"] as? Int == 10)
        try workplace.expectFailure(
            "inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.5", "--dry-run",
            message: "b.wav: exists already; choose another name or overwrite it with --force")
    }

    @Test func theReportHasTheFiguresOfEachRegion() throws {
        let outcome = try workplace.run(
            "inpaint", "a.wav", "-o", "c.wav", "--region", "1-1.5", "--prompt", "rain", "--report", "json", "--steps",
            "10", "--model", Workplace.model)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let found = try #require(try object(outcome.output) as? [String: Any])
        let region = try #require((found["regions"] as? [[String: Any]])?.first)
        let figures = try #require(region["figures"] as? [String: Double])
        #expect(
            Set(figures.keys) == [
                "level_db", "level_before_db", "level_after_db", "peak_db", "seam_at_start_db", "seam_at_end_db",
                "similarity",
            ])
        let text = try workplace.edit("restyle", "a.wav", "-o", "d.wav", "--prompt", "rain")
        #expect(text.output.contains(#/ dB from the source; likeness to the prompt -?\d\.\d\d\n/#), "\(text.output)")
    }
}
