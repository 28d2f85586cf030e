import Core
import Editing
import Testing

@testable import edit_cli

/// The command line that makes the same edit as a request.
@Suite struct CommandWordsTests {
    private static let condition = Condition(prompt: "-5 \"degrees\", rain", negativePrompt: "music", usesMemory: false)

    private static func settings<Request: EditRequest>(_ job: Request.Type) -> Settings {
        try! Settings(
            for: job, seed: 7, steps: 40, guidance: 1.5, guidanceInterval: 0.25...5, sampler: .ddim, eta: 0.5,
            passes: 2,
            encoding: .pcm24)
    }

    /// Each job twice: with nothing and with everything left to defaults.
    static let requests: [any EditRequest] = {
        let regions = [
            Region(start: 0.1, end: 2.25, band: Region.Band(low: 500, high: 4000)), Region(start: 3, end: 4),
            Region(start: 5, end: 6.000001, band: Region.Band(low: 0, high: 300.5)),
            Region(start: 7, end: 8, band: Region.Band(low: 9000, high: .infinity)),
        ]
        let feather = try! Feather(seconds: 0.05, octaves: 0.5)
        return [
            try! Extend(
                before: 1, after: 2.5, fade: 0.5, strength: 0.2, condition: condition, settings: settings(Extend.self)),
            try! Extend(after: 2),
            try! Extend(before: 2),
            try! Generate(duration: 2.5, takes: 4, condition: condition, settings: settings(Generate.self)),
            try! Generate(duration: 5, condition: Condition(prompt: "rain")),
            try! Inpaint(
                regions: regions, strength: 0.4, start: .passage, feather: feather, condition: condition,
                settings: settings(Inpaint.self)),
            try! Inpaint(regions: [Region(start: 1, end: 2)]),
            // What is usual without a prompt has to be said with one.
            try! Inpaint(
                regions: [Region(start: 1, end: 2)], condition: Condition(prompt: "rain"),
                settings: Settings(for: Inpaint.self)),
            try! Inpaint(regions: [Region(start: 1, end: 2)], condition: Condition(prompt: "rain")),
            try! Loop(length: 4, seam: 0.5, strength: 0.2, condition: condition, settings: settings(Loop.self)),
            try! Loop(),
            try! Restyle(
                strength: 0.7, regions: regions, feather: feather, keep: .none, method: .noise, sourcePrompt: "drums",
                condition: condition, settings: settings(Restyle.self)),
            try! Restyle(condition: Condition(prompt: "rain")),
            try! Upsample(
                cutoff: 3400, rate: 44_100, strength: 0.3, holes: true, condition: Condition(usesMemory: false),
                settings: settings(Upsample.self)),
            try! Upsample(),
        ]
    }()

    private func request(_ words: [String]) throws -> any EditRequest {
        let command = try EditCLI.parseAsRoot(Array(words.dropFirst()))
        let edit = try #require(command as? any EditCommand)
        return try edit.request(for: nil)
    }

    @Test(arguments: requests.indices) func itAsksForTheSame(index: Int) throws {
        let wanted = Self.requests[index]
        let words = try #require(CommandWords(wanted, input: "-a b.wav", output: "o.wav"))
        let read = try request(words.words)
        #expect(read.isEqual(to: wanted), "\(words.line)")
    }

    @Test func everyJobThatHasACommandIsHere() {
        let jobs = Set(Self.requests.map(\.job))
        #expect(Set(RequestDocument.jobs.map { $0.job }).subtracting(jobs) == ["remake"])
    }

    @Test func whatNoCommandMakesHasNone() throws {
        let map = try StrengthMap([0, 0.5, 1, 0.25, 0, 1], frames: 3, bins: 2)
        let remake = CommandWords(try Remake(map: map), input: "a.wav", output: "b.wav")
        #expect(remake == nil)
        let peaks = try Inpaint(regions: [Region(start: 1, end: 1.01)], start: .prediction, isBeyondSource: true)
        let command = CommandWords(peaks, input: "a.wav", output: "b.wav")
        #expect(command == nil)
    }
}
