import Core
import Editing
import Foundation
import TestSupport
import Testing

/// Example sounds as a condition.
@Suite struct LikenessTests {
    let editor: Editor

    init() throws { editor = try JobFixture.editor() }

    private static func write(_ sound: [Float], _ url: URL) throws {
        if FileManager.default.fileExists(atPath: url.path) { try FileManager.default.removeItem(at: url) }
        try JobFixture.write([sound], rate: 16_000, to: url)
    }

    /// A folder with seven sounds: noises and tones.
    private static func withSounds(_ body: (URL) throws -> Void) throws {
        try Fixture.withTemporaryFolder { folder in
            var sounds = TestSounds(seed: 4, rate: 16_000)
            for number in 0..<3 {
                try write(sounds.noise(16_000 + 100 * number), folder.appending(path: "noise\(number).wav"))
            }
            for number in 0..<4 {
                let tone = (0..<12_000).map { Float(0.3 * sin(Double($0) * 0.05 * Double(number + 1))) }
                try write(tone, folder.appending(path: "tone\(number).wav"))
            }
            try body(folder)
        }
    }

    private func made(_ condition: Condition) throws -> (samples: [Float], report: EditReport) {
        let destination = WaveformDestination()
        let report = try editor.perform(
            Generate(
                duration: 0.6, takes: 1, condition: condition, settings: Settings(for: Generate.self, steps: 3)),
            to: destination)
        return (try #require(destination.waveform).channels[0], report)
    }

    private static func like(_ urls: [URL], _ weight: Double = Likeness.defaultWeight) throws -> Likeness {
        try Likeness(urls.map { Likeness.Example(name: $0.path) }, weight: weight)
    }

    /// The weight leads from the prompt alone to the sounds alone.
    @Test func theWeightSharesOut() throws {
        try Self.withSounds { folder in
            let sound = folder.appending(path: "noise0.wav")
            let words = try made(Condition(prompt: "calm piano music")).samples
            let alone = try made(Condition(like: Self.like([sound]))).samples
            let ends = try [0, 1].map {
                try made(Condition(prompt: "calm piano music", like: Self.like([sound], $0))).samples
            }
            let middle = try made(Condition(prompt: "calm piano music", like: Self.like([sound]))).samples
            func distance(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } }
            let (nothing, all) = (distance(ends[0], words), distance(ends[1], alone))
            #expect(nothing < 1e-4 && all < 1e-4, "\(nothing), \(all)")
            let areApart = Set([words, alone, middle]).count == 3
            #expect(areApart)
        }
    }

    /// Of a folder all sounds count, or the five nearest to the prompt, which the report names.
    @Test func aFolderIsItsSounds() throws {
        try Self.withSounds { folder in
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
                folder.appending(path: $0)
            }
            let (whole, report) = try made(Condition(like: Self.like([folder])))
            let one = try made(Condition(like: Self.like(files))).samples
            let areEqual = whole == one
            #expect(areEqual)
            #expect(report.notes.isEmpty)
            let near = try made(Condition(prompt: "calm piano music", like: Self.like([folder]))).report
            let note = try #require(near.notes.first { $0.contains("nearest to the prompt") })
            #expect(note.split(separator: ",").count == 5)
        }
    }

    /// Every job follows an example; a fill then needs nothing around it.
    @Test func everyJobTakesExamples() throws {
        try Self.withSounds { folder in
            let source = Waveform(channels: JobFixture.sound(seconds: 2, rate: 16_000, channels: 1), rate: 16_000)
            func made(_ name: String, _ request: (Condition) throws -> any EditRequest) throws -> [Float] {
                let condition = Condition(like: try Self.like([folder.appending(path: name)]))
                func perform(_ request: some EditRequest) throws -> Waveform { try editor.perform(request, on: source) }
                return try perform(request(condition)).channels[0]
            }
            let map = try StrengthMap([0.5, 1], frames: 1, bins: 2)
            let jobs: [(Condition) throws -> any EditRequest] = [
                {
                    try Inpaint(
                        regions: [Region(start: 0, end: 2)], condition: $0,
                        settings: Settings(for: Inpaint.self, steps: 3))
                },
                { try Restyle(condition: $0, settings: Settings(for: Restyle.self, steps: 4)) },
                { try Remake(map: map, condition: $0, settings: Settings(for: Remake.self, steps: 3)) },
                {
                    try Upsample(
                        cutoff: 4000, strength: 1, condition: $0, settings: Settings(for: Upsample.self, steps: 3))
                },
            ]
            for job in jobs {
                let areEqual = try made("noise0.wav", job) == made("tone0.wav", job)
                #expect(!areEqual)
            }
        }
    }

    /// A recipe has the hash of every example; other sounds under the names are refused, unless they are wanted.
    @Test func aRecipeKnowsItsExamples() throws {
        try Self.withSounds { folder in
            let file = folder.appending(path: "noise0.wav")
            let (first, report) = try made(Condition(like: Self.like([file, folder])))
            let recipe = try editor.recipe(of: report, from: nil)
            let hashes = recipe.request.condition.like?.sounds.compactMap(\.sha256) ?? []
            #expect(hashes.count == 2 && hashes.allSatisfy { $0.count == 64 })
            let again = WaveformDestination()
            try editor.replay(Recipe(recipe.data()), to: again)
            let areEqual = again.waveform?.channels[0] == first
            #expect(areEqual)

            try Self.write([Float](repeating: 0.1, count: 9000), folder.appending(path: "tone1.wav"))
            #expect { try editor.replay(recipe, to: WaveformDestination()) } throws: { error in
                if case EditingError.otherSource(let name, _, _) = error { name == folder.path } else { false }
            }
            try editor.replay(recipe, to: WaveformDestination(), anyway: true)
        }
    }

    @Test func whatCannotBeAnExampleIsRefused() throws {
        try Fixture.withTemporaryFolder { folder in
            let silent = folder.appending(path: "silent.wav")
            #expect(throws: EditingError.noExamples(folder: folder.path)) {
                _ = try made(Condition(like: Self.like([folder])))
            }
            #expect(throws: AudioError.self) {
                _ = try made(Condition(like: Self.like([folder.appending(path: "none.wav")])))
            }
            try Self.write([Float](repeating: 0, count: 16_000), silent)
            for place in [silent, folder] {
                #expect(throws: EditingError.silentExample(sound: place.path)) {
                    _ = try made(Condition(like: Self.like([place])))
                }
            }
            try Data("no sound".utf8).write(to: folder.appending(path: "text.wav"))
            #expect(throws: AudioError.self) {
                _ = try made(Condition(like: Self.like([folder.appending(path: "text.wav")])))
            }
            #expect(throws: EditingError.noExamples(folder: nil)) { try Likeness([]) }
            #expect(throws: EditingError.setting(.exampleWeight, expected: "0 to 1", found: "2.0")) {
                try Likeness([Likeness.Example(name: "a.wav")], weight: 2)
            }
            let deaf = try Editor(model: Fixture.url("networks/pipeline"))
            try Self.write(JobFixture.sound(seconds: 1, rate: 16_000, channels: 1)[0], silent)
            #expect(throws: EditingError.noTower(model: deaf.model.location.relativePath)) {
                _ = try deaf.perform(Generate(duration: 0.5, condition: Condition(like: Self.like([silent]))))
            }
        }
    }
}
