import Core
import Foundation
import TestSupport
import Testing

/// Many edits by a list or of a folder.
@Suite struct BatchTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        for (index, name) in ["a.wav", "b.wav", "c.flac"].enumerated() {
            try workplace.makeSound(name, name.hasSuffix("flac") ? .flac : .wav, seconds: 2 + 0.5 * Double(index))
        }
    }

    private func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: workplace.url(name)) }

    /// Three fills, a sound made from nothing, and a restyling.
    private func table(into folder: String, _ extra: [String] = []) -> String {
        let rows = [
            "job,input,output,region,prompt,duration,takes,seed,steps,model",
            "inpaint,a.wav,\(folder)/a.wav,0.5-0.75,,,,3,10,\(Workplace.model)",
            "inpaint,b.wav,\(folder)/b.wav,500ms-750ms -0.5--0.3,,,,3,10,\(Workplace.model)",
            "inpaint,c.flac,\(folder)/deep/c.flac,8000s-12000s,,,,3,10,\(Workplace.model)",
            "generate,,\(folder)/d.wav,,\"rain, and wind\",1.5,1,,10,\(Workplace.model)",
            "restyle,a.wav,\(folder)/e.wav,,rain,,,,10,\(Workplace.model)",
        ]
        return (rows + extra).joined(separator: "\n") + "\n"
    }

    private func results(in folder: String) throws -> [String: [UInt8]] {
        let names = ["a.wav", "b.wav", "deep/c.flac", "d.wav", "e.wav"]
        return Dictionary(
            uniqueKeysWithValues: try names.compactMap { name in
                FileManager.default.fileExists(atPath: workplace.url("\(folder)/\(name)").path)
                    ? (name, try workplace.bytes("\(folder)/\(name)")) : nil
            })
    }

    @Test func aTableGivesWhatItsCommandsGive() throws {
        try write(table(into: "out"), to: "jobs.csv")
        let outcome = try workplace.run("batch", "jobs.csv")
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.contains(/\n5 made in [0-9.]+ s\n$/))
        let alone = try Program.run(
            ["inpaint", "b.wav", "-o", "alone.wav", "--region", "0.5-0.75", "--region", "2-2.2", "--seed", "3"]
                + ["--steps", "10", "--model", Workplace.model], in: workplace.folder.url)
        #expect(alone.status == 0, "\(alone.errors)")
        let isSame = try workplace.bytes("alone.wav") == workplace.bytes("out/b.wav")
        #expect(isSame)
    }

    @Test func aLineOfJSONIsARequest() throws {
        let request = """
            {"version":1,"job":"inpaint","input":"a.wav","output":"%","regions":[{"start":0.5,"end":0.75}],\
            "settings":{"seed":3,"steps":10,"model":{"name":"\(Workplace.model)","heads":"config"}}}

            """
        try write(
            request.replacing("%", with: "one.wav") + "\n" + request.replacing("%", with: "two.wav"), to: "jobs.jsonl")
        let outcome = try workplace.run("batch", "jobs.jsonl", "--jobs", "2")
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        let alone = try Program.run(
            ["inpaint", "a.wav", "-o", "alone.wav", "--region", "0.5-0.75", "--seed", "3", "--steps", "10"]
                + ["--model", Workplace.model], in: workplace.folder.url)
        #expect(alone.status == 0, "\(alone.errors)")
        for name in ["one.wav", "two.wav"] {
            let isSame = try workplace.bytes("alone.wav") == workplace.bytes(name)
            #expect(isSame)
        }
    }

    @Test func aBadLineStopsNoOther() throws {
        let model = Workplace.model
        try write(
            table(
                into: "out",
                [
                    "inpaint,none.wav,out/f.wav,1-2,,,,,10,\(model)", "louder,a.wav,out/g.wav,,,,,,,",
                    "inpaint,a.wav,out/h.wav,1-2,,,,,0,\(model)", "inpaint,a.wav,out/i.wav,1-9,,,,,10,\(model)",
                ]), to: "jobs.csv")
        let outcome = try workplace.run("batch", "jobs.csv")
        #expect(outcome.status == 2)
        #expect(outcome.errors == "")
        for line in [
            "failed: none.wav: no such file",
            "failed: jobs.csv, line 8: job: one of extend, generate, inpaint, loop, restyle, upsample expected, found 'louder'",
            "failed: jobs.csv, line 9: --steps: 1 to 1000 expected, found 0",
            "failed: out/i.wav: --region 1-9: lies outside the sound, which lasts 2 s",
        ] {
            #expect(outcome.output.contains("\(line)\n"), "\(outcome.output)")
        }
        #expect(outcome.output.contains(/\n5 made, 4 failed in/))
        #expect(try results(in: "out").count == 5)
    }

    /// Killed at some moment and started again, a batch makes what it makes undisturbed, and nothing twice.
    @Test(arguments: [(0, 1), (1, 1), (2, 1), (3, 1), (0, 3), (1, 3)])
    func aBatchThatWasKilledGoesOn(finished: Int, atOnce: Int) throws {
        try write(table(into: "whole"), to: "whole.csv")
        try write(table(into: "out"), to: "jobs.csv")
        #expect(try workplace.run("batch", "whole.csv", "--quiet").status == 0)
        let killed = try Program.run(["batch", "jobs.csv", "--jobs", "\(atOnce)"], in: workplace.folder.url) {
            process in
            // It waits while it is looked at: on a busy machine it would be done before it is killed.
            for _ in 0..<3000 {
                kill(process, SIGSTOP)
                let isFinished = try results(in: "out").count >= finished
                kill(process, SIGCONT)
                if isFinished { break }
                Thread.sleep(forTimeInterval: 0.01)
            }
            Thread.sleep(forTimeInterval: 0.05)
            kill(process, SIGKILL)
        }
        #expect(killed.status == -SIGKILL)
        let before = try results(in: "out").count
        let again = try workplace.run("batch", "jobs.csv")
        #expect(again.status == 0, "\(again.output)")
        // What was there is known, and not made again.
        #expect(again.output.contains("there already") == (before > 0))
        let isSame = try results(in: "out") == results(in: "whole")
        #expect(isSame)
        let left = try FileManager.default.subpathsOfDirectory(atPath: workplace.url("out").path)
            .filter { $0.hasSuffix(".part") || $0.hasSuffix(".lock") }
        #expect(left == [])
    }

    @Test func partsTogetherAreTheWhole() throws {
        try write(table(into: "whole"), to: "whole.csv")
        try write(table(into: "out"), to: "jobs.csv")
        #expect(try workplace.run("batch", "whole.csv", "--quiet").status == 0)
        var counts: [Int] = []
        for number in 1...3 {
            #expect(try workplace.run("batch", "jobs.csv", "--shard", "\(number)/3", "--quiet").status == 0)
            counts.append(try results(in: "out").count)
        }
        #expect(counts == [2, 4, 5])
        let isSame = try results(in: "out") == results(in: "whole")
        #expect(isSame)
    }

    @Test func twoRunsAtOnceMakeEachResultOnce() throws {
        try write(table(into: "whole"), to: "whole.csv")
        try write(table(into: "out"), to: "jobs.csv")
        #expect(try workplace.run("batch", "whole.csv", "--quiet").status == 0)
        var second: Program.Outcome?
        let first = try Program.run(["batch", "jobs.csv"], in: workplace.folder.url) { _ in
            second = try workplace.run("batch", "jobs.csv")
        }
        #expect(first.status == 0 && second?.status == 0)
        func made(_ outcome: Program.Outcome?) -> Int { outcome?.output.matches(of: /: made in/).count ?? 0 }
        #expect(made(first) + made(second) == 5)
        let isSame = try results(in: "out") == results(in: "whole")
        #expect(isSame)
    }

    @Test func whatIsThereIsKeptReplacedOrNumbered() throws {
        try write(
            "job,input,output,region,steps,model\ninpaint,a.wav,out.wav,0.5-0.75,10,\(Workplace.model)\n",
            to: "jobs.csv")
        try write("mine", to: "out.wav")
        let kept = try workplace.run("batch", "jobs.csv")
        #expect(kept.status == 2)
        #expect(kept.output.hasPrefix("failed: out.wav: exists already"))
        #expect(try workplace.bytes("out.wav") == Array("mine".utf8))
        for _ in 0..<2 {
            let numbered = try workplace.run("batch", "jobs.csv", "--existing", "rename")
            #expect(numbered.status == 0, "\(numbered.output)")
        }
        #expect(
            try workplace.folder.contents().filter { $0.hasPrefix("out") } == [
                "out-2.wav", "out-2.wav.json", "out.wav",
            ])
        #expect(try workplace.bytes("out.wav") == Array("mine".utf8))
        #expect(try workplace.run("batch", "jobs.csv", "--existing", "overwrite").status == 0)
        let isSame = try workplace.bytes("out.wav") == workplace.bytes("out-2.wav")
        #expect(isSame)
        // Another edit of the name of a result is no result of this one.
        try write(
            "job,input,output,region,steps,model\ninpaint,a.wav,out.wav,0.5-0.8,10,\(Workplace.model)\n", to: "jobs.csv"
        )
        #expect(try workplace.run("batch", "jobs.csv").status == 2)
        let asWas = try workplace.bytes("out.wav") == workplace.bytes("out-2.wav")
        #expect(asWas)
    }

    @Test func aFolderIsEditedByTheListsBesideItsSounds() throws {
        try FileManager.default.createDirectory(at: workplace.url("in/deep"), withIntermediateDirectories: true)
        try workplace.makeSound("in/a.wav")
        try workplace.makeSound("in/b.wav")
        try workplace.makeSound("in/deep/c.flac", .flac)
        try write("1.0\t1.2\tcough\n", to: "in/a.txt")
        try write("start,end\n1.5,1.7\n", to: "in/deep/c.flac.txt")
        let outcome = try workplace.edit("inpaint", "in", "-o", "out", "--quiet")
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        let found = try FileManager.default.subpathsOfDirectory(atPath: workplace.url("out").path).sorted()
        #expect(found == ["a.wav", "a.wav.json", "deep", "deep/c.flac", "deep/c.flac.json"])
        for (name, region) in [("a.wav", 16_000..<19_200), ("deep/c.flac", 24_000..<27_200)] {
            let (before, after) = (
                try workplace.read("in/\(name)").samples[0], try workplace.read("out/\(name)").samples[0]
            )
            let changed = before.indices.filter { before[$0] != after[$0] }
            #expect(changed.allSatisfy { region.contains($0) } && changed.count > 2000)
        }
    }

    @Test func foldersThatCannotBeEditedAreNamed() throws {
        try FileManager.default.createDirectory(at: workplace.url("in"), withIntermediateDirectories: true)
        try workplace.expectFailure(
            "upsample", "in", "-o", "out", status: 64, message: "in: sounds expected, found none in it")
        try workplace.makeSound("in/a.wav")
        try workplace.expectFailure(
            "inpaint", "in", "-o", "out", status: 64,
            message:
                "in: a list of regions beside each sound expected (NAME.txt), found none; or give --region or --regions-from"
        )
        try workplace.expectFailure(
            "upsample", "in", "-o", "in", status: 64,
            message: "--output: another folder than in expected, so that its sounds stay")
    }

    @Test(
        arguments: [
            (["nothing.csv"], 1, "nothing.csv: no such file"),
            (["empty.csv"], 64, "empty.csv: jobs expected, found none in it"),
            (["odd.csv"], 64, "odd.csv, line 1: the column 'job' expected, found input, output"),
            (
                ["jobs.csv", "--shard", "3/2"], 64,
                "the value '3/2' is invalid for '--shard <i/n>': I/N expected, the number of a part from 1 on and how many there are (2/8)"
            ),
            (["jobs.csv", "--jobs", "0"], 64, "--jobs: 1 to 256 expected, found 0"),
        ] as [([String], Int32, String)])
    func aListThatIsNoneIsNamed(words: [String], status: Int32, message: String) throws {
        try write("", to: "empty.csv")
        try write("input,output\na,b\n", to: "odd.csv")
        try write(table(into: "out"), to: "jobs.csv")
        let outcome = try Program.run(["batch"] + words, in: workplace.folder.url)
        #expect(outcome.status == status)
        #expect(outcome.errors == "edit-cli: \(message)\n")
    }

    @Test func programsReadTheSummary() throws {
        try write(table(into: "out", ["inpaint,none.wav,out/f.wav,1-2,,,,,10,\(Workplace.model)"]), to: "jobs.csv")
        let outcome = try workplace.run("batch", "jobs.csv", "--json", "--json-progress")
        #expect(outcome.status == 2)
        let found = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(found["done"] as? Int == 5 && found["failed"] as? Int == 1 && found["left"] as? Int == 0)
        let jobs = try #require(found["jobs"] as? [[String: Any]])
        #expect(jobs.map { $0["status"] as? String } == ["done", "done", "done", "done", "done", "failed"])
        #expect(jobs.last?["message"] as? String == "none.wav: no such file")
        var last = 0.0
        for line in outcome.errors.split(separator: "\n") {
            let progress = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let fraction = try #require(progress["fraction"] as? Double)
            #expect(fraction >= last && fraction <= 1)
            last = fraction
        }
        #expect(last > 0.99)
    }
}
