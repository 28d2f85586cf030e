import Core
import Foundation
import TestSupport
import Testing

@Suite struct RegionsFromTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("a.wav")
    }

    private func bytes(after options: String...) throws -> [UInt8] {
        let outcome = try Program.run(
            ["inpaint", "a.wav", "-o", "out.wav", "--force", "--steps", "10", "--model", Workplace.model] + options,
            in: workplace.folder.url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try workplace.bytes("out.wav")
    }

    /// One region said in six ways gives the same bytes.
    @Test func aRegionIsTheSameHoweverItIsSaid() throws {
        try Data("0.95\t1.05\tclick\n".utf8).write(to: workplace.url("labels.txt"))
        try Data("start,end\n1,1\n".utf8).write(to: workplace.url("table.csv"))
        let expected = try bytes(after: "--region", "0.95-1.05")
        for options in [
            ["--region", "950ms-1050ms"], ["--region", "15200s-16800s"], ["--region=-2.05--1.95"],
            ["--region", "-2050ms--1950ms"], ["--regions-from", "labels.txt"], ["--regions-from", "table.csv"],
        ] {
            let outcome = try Program.run(
                ["inpaint", "a.wav", "-o", "out.wav", "--force", "--steps", "10", "--model", Workplace.model] + options,
                in: workplace.folder.url)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let isSame = try workplace.bytes("out.wav") == expected
            #expect(isSame, "\(options)")
        }
    }

    /// Markers of the file itself, a stretch and a place.
    @Test func markersAreRegions() throws {
        func little(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func chunk(_ id: String, _ content: [UInt8]) -> [UInt8] { Array(id.utf8) + little(content.count) + content }
        func point(_ id: Int, _ frame: Int) -> [UInt8] {
            little(id) + little(frame) + Array("data".utf8) + little(0) + little(0) + little(frame)
        }
        var bytes = try workplace.bytes("a.wav")
        bytes += chunk("cue ", little(2) + point(1, 16_000) + point(2, 32_000))
        bytes += chunk(
            "LIST",
            Array("adtl".utf8) + chunk("ltxt", little(1) + little(3200) + Array("rgn ".utf8) + little(0) + little(0)))
        bytes.replaceSubrange(4..<8, with: little(bytes.count - 8))
        try Data(bytes).write(to: workplace.url("a.wav"))
        let expected = try self.bytes(after: "--region", "1-1.2", "--region", "1.9-2.1")
        let isSame = try self.bytes(after: "--regions-from", "markers", "--around", "0.1") == expected
        #expect(isSame)
        let labels = try workplace.run("info", "a.wav", "--labels")
        #expect(labels.output == "1.000000\t1.200000\t\n2.000000\t2.000000\t\n")
    }

    @Test func listsThatAreNoneAreNamed() throws {
        try Data().write(to: workplace.url("empty.txt"))
        try Data("soon\t2\n".utf8).write(to: workplace.url("odd.txt"))
        for (list, message) in [
            ("none.txt", "none.txt: no such file"),
            ("empty.txt", "empty.txt: a list of regions expected, found none in it"),
            ("odd.txt", "odd.txt, line 1: a start in seconds or h:mm:ss expected, found 'soon'"),
            ("markers", "a.wav: markers expected, found none in it"),
        ] {
            try workplace.expectFailure(
                "inpaint", "a.wav", "-o", "out.wav", "--regions-from", list, message: message)
        }
        try workplace.expectFailure(
            "inpaint", "a.wav", "-o", "out.wav", "--region", "1-2", "--around", "0", status: 64,
            message: "--around: above 0 and up to 60 seconds expected, found 0.0")
    }

    @Test func aFileIsEditedInPlace() throws {
        let expected = try bytes(after: "--region", "1-1.2")
        try Data("1.0\t1.2\tcough\n".utf8).write(to: workplace.url("a.txt"))
        let outcome = try workplace.edit("inpaint", "a.wav", "--in-place", "--regions-from", "a.txt")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let isSame = try workplace.bytes("a.wav") == expected
        #expect(isSame)
        try workplace.expectFailure(
            "inpaint", "a.wav", "--in-place", "-o", "b.wav", "--region", "1-2", status: 64,
            message: "give either --output or --in-place, not both")
    }

    @Test func programsReadTheReport() throws {
        let outcome = try workplace.edit(
            "inpaint", "a.wav", "-o", "out.wav", "--region", "1-1.2", "--report", "json", "--quiet")
        #expect(outcome.status == 0 && outcome.output == "")
        let told = try Program.run(
            ["inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.2", "--report", "json", "--model", Workplace.model]
                + ["--steps", "10"], in: workplace.folder.url)
        let found = try #require(try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: Any])
        #expect(found["output"] as? String == "b.wav" && found["identical_outside"] as? Bool == true)
        #expect(found["network_calls"] as? Int ?? 0 > 0)
        let region = try #require((found["regions"] as? [[String: Any]])?.first)
        #expect(region["start"] as? Double == 1 && region["end"] as? Double == 1.2)
    }
}
