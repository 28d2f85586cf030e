import Core
import Foundation
import TestSupport
import Testing

/// Every command in the README and the articles is run as it stands there.
@Suite struct DocumentationTests {
    private static let root = Fixture.url("..").appending(path: "..").standardizedFileURL

    private static let articles: [String] = {
        let docs = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "docs").path)) ?? []
        return ["README.md"] + docs.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    }()

    /// The lines of the article's shell blocks; those with curl are tried by Tests/Browser, with a server.
    private static func commands(of article: String) throws -> [String] {
        var isShell = false
        var block: [String] = []
        var lines: [String] = []
        for line in try String(contentsOf: root.appending(path: article), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("```") {
                if !block.contains(where: { $0.contains("curl") }) { lines += block }
                block = []
                isShell = line == "```sh"
            } else if isShell, !line.isEmpty {
                block.append(String(line))
            }
        }
        return lines
    }

    @Test func theArticlesAreFound() throws {
        #expect(Self.articles.count >= 4)
        #expect(try Self.commands(of: "README.md").count >= 10)
    }

    @Test(arguments: articles)
    func everyCommandWorks(article: String) throws {
        let workplace = try Workplace()
        try workplace.makeSound("interview.wav", rate: 16_000, seconds: 66)
        try workplace.makeSound("old-radio.wav", rate: 8000, seconds: 3)
        try workplace.makeSound("drums.flac", .flac, .pcm16, rate: 44_100, channels: 2)
        try workplace.makeSound("song.flac", .flac, .pcm16, rate: 44_100, channels: 2)
        try workplace.makeSound("podcast.mp3", .mp3, .mp3, rate: 44_100, seconds: 5)
        for folder in ["references", "made"] {
            try FileManager.default.createDirectory(at: workplace.url(folder), withIntermediateDirectories: true)
            for number in 0..<4 { try workplace.makeSound("\(folder)/\(number).wav", rate: 16_000, seconds: 0.5) }
        }
        try Data("0\train\n1\train\n2\ta dog\n3\tmusic\n".utf8).write(to: workplace.url("captions.tsv"))
        try FileManager.default.createSymbolicLink(
            at: workplace.url("Cnn14_mAP=0.431.pth"), withDestinationURL: Fixture.url("evaluation/cnn14-32k.pth"))
        // What people download; here it is the small model of the tests, and a small one in the original's layout.
        for (name, fixture) in [
            ("audioldm-s-full-v2", "default-like"), ("audioldm-s-full.ckpt", "original/tiny.ckpt"),
            ("tokenizer", "networks/pipeline/tokenizer"),
        ] {
            try FileManager.default.createSymbolicLink(
                at: workplace.url(name), withDestinationURL: Fixture.url(fixture))
        }

        try makeLists(in: workplace)

        for command in try Self.commands(of: article) {
            let words = Self.words(command)
            switch words[0] {
            case "edit-cli": try run(Array(words.dropFirst()), in: workplace)
            case "make": try dryRun(Array(words.dropFirst()))
            case "sudo":
                try #require(words[1] == "make")
                try dryRun(Array(words.dropFirst(2)))
            default: Issue.record("\(article): a command that no test runs: \(command)")
            }
        }
    }

    /// A folder of recordings with a list of regions, and lists of edits.
    private func makeLists(in workplace: Workplace) throws {
        try FileManager.default.createDirectory(
            at: workplace.url("recordings/more"), withIntermediateDirectories: true)
        try workplace.makeSound("recordings/a.wav", rate: 8000)
        try workplace.makeSound("recordings/more/b.flac", .flac, rate: 8000)
        let files = [
            "labels.txt": "2.5\t3.1\tcough\n7\t7\tclick\n", "recordings/a.txt": "1\t1.2\tcough\n",
            "jobs.csv": "job,input,output,steps,model\nupsample,old-radio.wav,list/a.wav,4,\(Workplace.model)\n",
            "jobs.jsonl": #"{"version":1,"job":"upsample","input":"old-radio.wav","output":"list/b.wav","settings":"#
                + #"{"steps":4,"model":{"name":"\#(Workplace.model)","heads":"config"}}}"#,
        ]
        for (name, text) in files { try Data(text.utf8).write(to: workplace.url(name)) }
    }

    private func run(_ words: [String], in workplace: Workplace) throws {
        if words[0] == "serve" { return try serve(words, in: workplace) }
        var words = words
        // The sounds are to be made, not to be good.
        if ["inpaint", "upsample", "restyle", "generate", "extend", "loop"].contains(words[0]) {
            // As many as a fill over a draft needs to take one.
            if let steps = words.firstIndex(of: "--steps") {
                words[steps + 1] = "10"
            } else {
                words += ["--steps", "10"]
            }
            if !words.contains("--model") { words += ["--model", Workplace.model] }
            words.append("--force")
        } else if words[0] == "benchmark" || words == ["info"]
            || words[0] == "evaluate" && !words.contains("--network") || words[0] == "compare"
        {
            words += ["--model", Workplace.model]
            if words[0] == "compare" { words.append("--force") }
        } else if words[0] == "plot" {
            words.append("--force")
        } else if words.starts(with: ["models", "pull"]) {
            return try pull(words, in: workplace)
        }
        let outcome = try Program.run(words, in: workplace.folder.url)
        #expect(outcome.status == 0, "edit-cli \(words): \(outcome.errors)")
    }

    /// Downloads from a server of the tests.
    private func pull(_ words: [String], in workplace: Workplace) throws {
        let name = try #require(words.dropFirst(2).first)
        let published = try PublishedFolder(Fixture.url("default-like"), as: "cvssp/\(name)")
        let server = try HubServer { published.response(to: $0) }
        try FileManager.default.removeItem(at: workplace.url(name))
        let outcome = try Program.run(words + ["--hub", server.address], in: workplace.folder.url)
        #expect(outcome.status == 0, "edit-cli \(words): \(outcome.errors)")
    }

    /// Serves until it is told to stop, which it does in an orderly way.
    private func serve(_ words: [String], in workplace: Workplace) throws {
        let store = try TemporaryFolder()
        let own = ["--port", "0", "--store", store.url.path, "--model", Workplace.model]
        let outcome = try Program.run(words + own, in: workplace.folder.url) { process in
            for _ in 0..<600 where try store.contents().isEmpty { Thread.sleep(forTimeInterval: 0.05) }
            Thread.sleep(forTimeInterval: 1)
            kill(process, SIGTERM)
        }
        #expect(outcome.status == 0, "edit-cli \(words): \(outcome.errors)")
        #expect(outcome.output.hasPrefix("The workbench is at http://127.0.0.1:"))
    }

    /// Asks make what it would do: the target has to be there.
    private func dryRun(_ words: [String]) throws {
        let outcome = try Program.run(["-n"] + words, in: Self.root, program: "/usr/bin/make")
        #expect(outcome.status == 0, "make \(words): \(outcome.errors)")
    }

    /// The words of a shell line, double quotes resolved.
    private static func words(_ line: String) -> [String] {
        line.split(separator: "\"", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
        }
    }
}
