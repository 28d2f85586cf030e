import Core
import Editing
import Foundation
import TestSupport
import Testing

/// Outputs say which parts of them were made, and by what.
@Suite struct MarkTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("a.wav")
    }

    private func marks(_ name: String) throws -> [String] { try AudioFile(workplace.url(name)).metadata.marks }

    @Test func everyJobSaysWhatItMade() throws {
        let version = Retouch.version
        for (words, expected) in [
            (["inpaint", "a.wav", "--region", "1-1.5", "--region", "2-2.25"], "1-1.5 s, 2-2.25 s; inpaint"),
            (["upsample", "a.wav", "--cutoff", "4000"], "all above 4000 Hz; upsample"),
            (["restyle", "a.wav", "--prompt", "rain"], "all; restyle"),
            (["generate", "rain", "--duration", "1", "--takes", "1"], "all; generate"),
        ] {
            let outcome = try Program.run(
                words + ["-o", "out.wav", "--force", "--steps", "10", "--model", Workplace.model],
                in: workplace.folder.url)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let mark = try #require(try marks("out.wav").first)
            #expect(mark.hasPrefix("\(expected) by Retouch \(version), model default-like "), "\(mark)")
            #expect(mark.contains(#/ [0-9a-f]{12}; request [0-9a-f]{64}$/#), "\(mark)")
        }
    }

    /// Also after another edit, in another container, and by somebody else's program.
    @Test func infoShowsAllMarks() throws {
        #expect(try workplace.edit("inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.5").status == 0)
        #expect(try workplace.edit("inpaint", "b.wav", "-o", "c.flac", "--region", "2-2.3").status == 0)
        let info = try workplace.run("info", "c.flac")
        #expect(info.output.contains(/\nmachine-made +1-1.5 s; inpaint by Retouch .*\nmachine-made +2-2.3 s; inpaint/))
        let probed = try Program.run(
            ["-v", "error", "-show_entries", "format_tags=MACHINE_MADE", "-of", "csv=p=0", "c.flac"],
            in: workplace.folder.url, program: "/usr/bin/ffprobe")
        #expect(probed.output.contains("Machine-made: 1-1.5 s; inpaint"), "\(probed.output) \(probed.errors)")
    }

    /// Other programs read every container with a mark, and decode it without a complaint.
    @Test(arguments: ["wav", "aiff", "au", "caf", "w64", "rf64", "flac", "ogg", "mp3"])
    func otherProgramsReadIt(suffix: String) throws {
        let outcome = try workplace.edit("inpaint", "a.wav", "-o", "b.\(suffix)", "--region", "1-1.5")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let again = try workplace.edit("inpaint", "b.\(suffix)", "-o", "c.\(suffix)", "--region", "2-2.3")
        #expect(again.status == 0, "\(again.errors)")
        for name in ["b", "c"] {
            let decoded = try Program.run(
                ["-v", "error", "-i", "\(name).\(suffix)", "-f", "null", "-"], in: workplace.folder.url,
                program: "/usr/bin/ffmpeg")
            #expect(decoded.status == 0 && decoded.errors == "", "\(decoded.errors)")
        }
        #expect(try marks("c.\(suffix)").count == 2)
    }

    @Test func unmarkedIsAsItWas() throws {
        let outcome = try workplace.edit("inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.5", "--unmarked")
        #expect(outcome.status == 0)
        #expect(try marks("b.wav") == [])
        #expect(try workplace.bytes("b.wav").count == workplace.bytes("a.wav").count)
        // Where nothing was made nothing is said.
        let nothing = try workplace.run(
            "restyle", "a.wav", "-o", "c.wav", "--prompt", "rain", "--strength", "0", "--model", Workplace.model)
        #expect(nothing.status == 0)
        let isSame = try workplace.bytes("c.wav") == workplace.bytes("a.wav")
        #expect(isSame)
    }

    /// What linear prediction made is no work of the model.
    @Test func whatIsForetoldIsSaidToBe() throws {
        let outcome = try workplace.run(
            "inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.01", "--model", Workplace.model)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let mark = try #require(try marks("b.wav").first)
        #expect(mark.contains(", linear prediction; request "), "\(mark)")
    }

    /// The hash is that of the request as its recipe has it, but for the place of the model; so bytes are the same wherever that is.
    @Test func theHashIsTheRequests() throws {
        try FileManager.default.createSymbolicLink(
            at: workplace.url("default-like"), withDestinationURL: Fixture.url("default-like"))
        let words = ["inpaint", "a.wav", "--region", "1-1.5", "--seed", "7", "--steps", "10"]
        for (name, model) in [("b.wav", Workplace.model), ("c.wav", "default-like")] {
            let outcome = try Program.run(
                words + ["-o", name, "--model", model, "--recipe"], in: workplace.folder.url)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let isSame = try workplace.bytes("b.wav") == workplace.bytes("c.wav")
        #expect(isSame)
        let recipe = try Recipe(Data(contentsOf: workplace.url("b.wav.json")))
        var request = recipe.request
        request.settings.model = nil
        let hash = ContentHash.of(try RequestDocument.data(of: request))
        #expect(try marks("b.wav").first?.hasSuffix("; request \(hash)") == true)
    }

    /// Our own regions are no places that the user marked.
    @Test func marksAreNoMarkers() throws {
        #expect(try workplace.edit("inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.5").status == 0)
        let labels = try workplace.run("info", "b.wav", "--labels")
        #expect(labels.status == 0 && labels.output == "")
        try workplace.expectFailure(
            "inpaint", "b.wav", "-o", "c.wav", "--regions-from", "markers", "--model", Workplace.model,
            message: "b.wav: markers expected, found none in it")
    }

    @Test func manyAreMarkedToo() throws {
        try Data(
            "job,input,output,region,steps,model\ninpaint,a.wav,out.wav,1-1.5,10,\(Workplace.model)\n".utf8
        ).write(to: workplace.url("jobs.csv"))
        #expect(try workplace.run("batch", "jobs.csv").status == 0)
        #expect(try marks("out.wav").count == 1)
        try FileManager.default.removeItem(at: workplace.url("out.wav"))
        #expect(try workplace.run("batch", "jobs.csv", "--unmarked").status == 0)
        #expect(try marks("out.wav").count == 0)
    }
}
