import Core
import Editing
import Foundation
import TestSupport
import Testing

@testable import Workbench

/// A sound goes in, is edited, and comes out as the library alone would have written it.
@Suite struct EditingOverHTTPTests {
    private static let fill = """
        {"request":{"version":1,"job":"inpaint","regions":[{"start":1,"end":1.5}],"settings":{"steps":10,"seed":3}}}
        """

    @Test func aFillIsTheLibrarysToTheByte() async throws {
        let site = try await Site()
        let url = try site.sound("a.wav", channels: 2)
        let (session, version) = try await site.open(url)
        let job = try await site.edit(session, Self.fill)
        #expect(job["state"] as? String == "done")
        let result = try #require(job["result"] as? String)

        let editor = try Editor(model: Fixture.url("default-like"))
        let settings = try Settings(for: Inpaint.self, seed: 3, steps: 10)
        let request = try Inpaint(regions: [Region(start: 1, end: 1.5)], settings: settings)
        let target = site.folder.file("expected.wav")
        let source = try AudioFile(url)
        let report = try editor.perform(request, from: source, to: FileDestination(target))
        let expected = try Data(contentsOf: target)
        let found = try await site.ask("GET", "/api/versions/\(result)/sound")
        #expect(found.data == expected)
        #expect(found.headers["content-disposition"]?.contains("a-inpaint.wav") == true)

        let recipe = try Recipe(try await site.ask("GET", "/api/versions/\(result)/recipe").data)
        #expect(recipe.source?.name == "a.wav")
        #expect(try recipe.source?.sha256 == source.contentHash())
        #expect(recipe.request.settings.seed == 3)
        #expect(report.isIdenticalOutside == true)

        // The first version is as it came.
        let source2 = try await site.ask("GET", "/api/versions/\(version)/sound").data
        #expect(source2 == (try Data(contentsOf: url)))
        let whole = try await site.ask("GET", "/api/sessions/\(session)").json()
        #expect(whole["head"] as? String == result)
        #expect((whole["versions"] as? [Any])?.count == 2)
        await site.stop()
    }

    @Test func takesDifferBySeedAndAnExportIsMadeOnceMore() async throws {
        let site = try await Site()
        let (session, _) = try await site.open(try site.sound("a.wav"))
        let asked = try await site.ask(
            "POST", "/api/sessions/\(session)/jobs",
            json: Self.fill.replacing("{\"request\"", with: "{\"takes\":2,\"request\""))
        let jobs = try #require(try JSONSerialization.jsonObject(with: asked.data) as? [[String: Any]])
        #expect(jobs.count == 2)
        #expect(jobs[0]["take"] as? String == jobs[1]["take"] as? String)
        let seeds = jobs.map { (($0["request"] as? [String: Any])?["settings"] as? [String: Any])?["seed"] as? Int }
        #expect(seeds == [3, 4])
        let result = try #require(jobs[1]["result"] as? String)
        for _ in 0..<300 where try await site.ask("GET", "/api/versions/\(result)").status != 200 {
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await site.ask("GET", "/api/versions/\(result)/sound?format=flac").status == 409)
        let export = try await site.ask("POST", "/api/versions/\(result)/exports", json: #"{"format":"flac"}"#)
        #expect(export.status == 202)
        for _ in 0..<300 where try await site.ask("GET", "/api/versions/\(result)/sound?format=flac").status != 200 {
            try await Task.sleep(for: .milliseconds(100))
        }
        let flac = try await site.ask("GET", "/api/versions/\(result)/sound?format=flac").data
        #expect(flac.prefix(4) == Data("fLaC".utf8))
        // It says what was made, as every output does.
        try flac.write(to: site.folder.file("export.flac"))
        let marks = try AudioFile(site.folder.file("export.flac")).metadata.marks
        #expect(marks.count == 1 && marks[0].hasPrefix("1-1.5 s; inpaint by Retouch "))
        await site.stop()
    }

    @Test func whatCannotBeDoneIsSaidInWords() async throws {
        let site = try await Site { $0.queueLimitOfClient = 1 }
        let (session, _) = try await site.open(try site.sound("a.wav"))
        func refused(_ json: String) async throws -> (Int, String?) {
            let answer = try await site.ask("POST", "/api/sessions/\(session)/jobs", json: json)
            return (answer.status, answer.message)
        }
        let outside = try await refused(
            #"{"request":{"version":1,"job":"inpaint","regions":[{"start":2,"end":9}]}}"#)
        #expect(outside.0 == 422)
        #expect(outside.1 == "region 2-9: lies outside the sound, which lasts 3 s")
        let unknown = try await refused(#"{"request":{"version":1,"job":"inpaint","regions":[],"speed":1}}"#)
        #expect(unknown.0 == 422)
        #expect(unknown.1 == "regions: at least one expected")
        let many = try await refused(Self.fill.replacing("{\"request\"", with: "{\"takes\":9,\"request\""))
        #expect(many.0 == 429)
        let noJSON = try await refused("{")
        #expect(noJSON.0 == 400)
        let noSound = try await site.ask("POST", "/api/uploads?name=words.wav", Data("no sound".utf8))
        #expect(noSound.status == 422)
        #expect(noSound.message?.hasPrefix("words.wav: not a sound file of a known format") == true)
        let files = try FileManager.default.contentsOfDirectory(atPath: site.folder.file("store/uploads").path)
        #expect(files == [])
        await site.stop()
    }

    @Test func whatIsTooLargeIsRefusedBeforeItComes() async throws {
        let site = try await Site { $0.uploadLimit = 1000 }
        let answer = try await site.ask("POST", "/api/uploads?name=a.wav", Data(count: 2000))
        #expect(answer.status == 413)
        await site.stop()
    }

    @Test func anEditIsTakenOutOfTheQueueAndStopped() async throws {
        let site = try await Site()
        let (session, _) = try await site.open(try site.sound("a.wav", seconds: 10))
        let long = """
            {"takes":2,"request":{"version":1,"job":"restyle","condition":{"prompt":"rain"},"settings":{"steps":1000}}}
            """
        let asked = try await site.ask("POST", "/api/sessions/\(session)/jobs", json: long)
        let jobs = try #require(try JSONSerialization.jsonObject(with: asked.data) as? [[String: Any]])
        for job in jobs.reversed() {
            let id = try #require(job["id"] as? String)
            #expect(try await site.ask("DELETE", "/api/jobs/\(id)").status == 204)
        }
        for job in jobs {
            let id = try #require(job["id"] as? String)
            var state: String?
            for _ in 0..<200 where state != "cancelled" {
                state = try await site.ask("GET", "/api/jobs/\(id)").json()["state"] as? String
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(state == "cancelled")
        }
        let sounds = try FileManager.default.contentsOfDirectory(atPath: site.folder.file("store/sounds").path)
        #expect(sounds.count == 1)
        await site.stop()
    }

    @Test func sessionsThatNobodyUsesAreRemovedWithTheirFiles() async throws {
        let site = try await Site()
        let (old, _) = try await site.open(try site.sound("a.wav"))
        let (new, _) = try await site.open(try site.sound("b.wav"))
        let desk = site.workbench.desk
        try await desk.store.write { db in
            try db.execute(sql: "UPDATE session SET used = used - 40 * 86400 WHERE id = ?", arguments: [old])
        }
        try await desk.removeOld()
        #expect(try await site.ask("GET", "/api/sessions/\(old)").status == 404)
        #expect(try await site.ask("GET", "/api/sessions/\(new)").status == 200)
        let sounds = try FileManager.default.contentsOfDirectory(atPath: site.folder.file("store/sounds").path)
        #expect(sounds.count == 1)
        await site.stop()
    }
}
