import Core
import Editing
import Foundation
import TestSupport
import Testing

/// A request as JSON: what is written comes back, what is wrong is refused in one line.
@Suite struct RequestTests {
    /// One of each job, with nothing left to defaults.
    static let requests: [any EditRequest] = {
        let model = ModelReference(
            name: "models/s", sha256: "ab", heads: .original,
            vocoder: ModelReference.Vocoder(name: "default", sha256: "cd"))
        func settings<Request: EditRequest>(_ job: Request.Type) -> Settings {
            try! Settings(
                for: job, seed: .max, steps: 40, guidance: 1.5, guidanceInterval: 0.25...5, sampler: .ddim, eta: 0.5,
                passes: 2, encoding: .pcm24, model: model)
        }
        let like = try! Likeness([Likeness.Example(name: "drops.wav", sha256: "01")], weight: 0.75)
        let condition = Condition(prompt: "rain \"here\"", negativePrompt: "music", like: like, usesMemory: false)
        let regions = [
            Region(start: 0.1, end: 2.25, band: Region.Band(low: 500, high: 4000)), Region(start: 3, end: 4),
        ]
        let feather = try! Feather(seconds: 0.05, octaves: 0.5)
        return [
            try! Extend(
                before: 1, after: 2.5, fade: 0.5, strength: 0.2, condition: condition, settings: settings(Extend.self)),
            try! Generate(duration: 2.5, takes: 4, condition: condition, settings: settings(Generate.self)),
            try! Inpaint(
                regions: regions, strength: 0.4, feather: feather, condition: condition,
                settings: settings(Inpaint.self)),
            try! Loop(
                length: 4, seam: 0.5, strength: 0.2, condition: condition, settings: settings(Loop.self)),
            try! Remake(
                map: StrengthMap([0, 0.5, 1, 0.25, 0, 1], frames: 3, bins: 2), region: regions[0], condition: condition,
                settings: settings(Remake.self)),
            try! Restyle(
                strength: 0.7, regions: regions, feather: feather, keep: .none, method: .noise, sourcePrompt: "drums",
                condition: condition,
                settings: settings(Restyle.self)),
            try! Upsample(
                cutoff: 3400, rate: 44_100, strength: 0.3, holes: true, condition: condition,
                settings: settings(Upsample.self)),
        ]
    }()

    @Test func everyJobIsHere() {
        #expect(Self.requests.map(\.job) == RequestDocument.jobs.map { $0.job })
    }

    @Test(arguments: Self.requests.indices) func whatIsWrittenComesBack(index: Int) throws {
        let request = Self.requests[index]
        let data = try RequestDocument.data(of: request)
        #expect(try RequestDocument.request(from: data).isEqual(to: request))
        #expect(try RequestDocument.data(of: RequestDocument.request(from: data)) == data)
        let recipe = Recipe(request, source: Recipe.Source(name: "a.wav", sha256: "ef"))
        #expect(try Recipe(recipe.data()) == recipe)
    }

    @Test func whatIsLeftOutHasTheJobsDefault() throws {
        let text = #"{"version": 1, "job": "inpaint", "regions": [{"start": 1, "end": 2}], "settings": {"seed": 3}}"#
        let expected = try Inpaint(
            regions: [Region(start: 1, end: 2)], settings: Settings(for: Inpaint.self, seed: 3))
        #expect(try RequestDocument.request(from: Data(text.utf8)).isEqual(to: expected))
        #expect(expected.settings.steps == Inpaint.defaults.steps && expected.settings.sampler == .ddim)
    }

    @Test(arguments: [
        ("rain", "request: JSON of a request or a recipe expected, found something else"),
        ("{}", "request: 'version' is missing"),
        (#"{"version": 2, "job": "inpaint"}"#, "request: version 1 expected, found 2"),
        (
            #"{"version": 1, "job": "polish"}"#,
            "request: job: one of extend, generate, inpaint, loop, remake, restyle, upsample expected, found 'polish'"
        ),
        (#"{"version": 1, "job": "inpaint"}"#, "request: 'regions' is missing"),
        (#"{"version": 1, "job": "inpaint", "regions": []}"#, "regions: at least one expected"),
        (
            #"{"version": 1, "job": "inpaint", "regions": [{"start": 2, "end": 1}]}"#,
            "region 2-1: the end must come after the start"
        ),
        (
            #"{"version": 1, "job": "inpaint", "regions": [{"start": 1, "end": "2"}]}"#,
            "request: regions[0].end: a number expected"
        ),
        (
            #"{"version": 1, "job": "inpaint", "regions": [{"start": 1, "end": 2, "loud": 3}]}"#,
            "request: unknown key 'regions[0].loud'"
        ),
        (
            #"{"version": 1, "job": "inpaint", "regions": [{"start": 1, "end": 2, "low": 300, "high": 200}]}"#,
            "region 1-2@300-200: the higher frequency must be above the lower one"
        ),
        (
            #"{"version": 1, "job": "restyle", "feather": {"octaves": 6}}"#,
            "feather: 0 to 5 octaves expected, found 6.0"
        ),
        (
            #"{"version": 1, "job": "generate", "duration": 1, "settings": {"stepz": 3}}"#,
            "request: unknown key 'settings.stepz'"
        ),
        (#"{"version": 1, "job": "generate", "duration": 1, "strength": 1}"#, "request: unknown key 'strength'"),
        (
            #"{"version": 1, "job": "generate", "duration": 1, "settings": {"steps": 0}}"#,
            "steps: 1 to 1000 expected, found 0"
        ),
        (
            #"{"version": 1, "job": "upsample", "cutoff": -3}"#, "cut-off: a frequency above 0 Hz expected, found -3.0"
        ),
        (
            #"{"version": 1, "job": "remake", "map": {"frames": 2, "bins": 2, "strengths": [0, 1]}}"#,
            "strength map: 2 x 2 strengths expected, found 2"
        ),
        (
            #"{"version": 1, "job": "remake", "map": {"frames": 1, "bins": 1, "strengths": [1.5]}}"#,
            "strength map: strengths of 0 to 1 expected, found 1.5"
        ),
    ])
    func whatIsWrongIsRefused(text: String, message: String) {
        #expect(throws: EditingError.self) { try RequestDocument.request(from: Data(text.utf8)) }
        do {
            _ = try RequestDocument.request(from: Data(text.utf8))
        } catch {
            #expect(error.description == message)
        }
    }

    @Test func aRecipeMakesTheSameBytesAgain() throws {
        try Fixture.withTemporaryFolder { folder in
            let editor = try JobFixture.editor()
            let source = try AudioFile(
                JobFixture.write(
                    JobFixture.sound(seconds: 2, rate: 22_050, channels: 2), rate: 22_050,
                    to: folder.appending(path: "a.wav")))
            let (first, second) = (folder.appending(path: "1.wav"), folder.appending(path: "2.wav"))
            let request = try Inpaint(
                regions: [Region(start: 0.5, end: 0.9)], settings: Settings(for: Inpaint.self, seed: 9, steps: 20))
            let report = try editor.perform(request, from: source, to: FileDestination(first))
            let recipe = try Recipe(editor.recipe(of: report, from: source).data())
            #expect((recipe.request as? Inpaint)?.strength == 0.1)
            #expect(recipe.request.settings.model?.sha256?.count == 64)
            try editor.replay(recipe, from: source, to: FileDestination(second))
            #expect(try Data(contentsOf: first) == Data(contentsOf: second))

            // Another source, and another model under the same name, are not taken unless they are meant.
            let other = Waveform(channels: JobFixture.sound(seconds: 2, rate: 22_050, channels: 2), rate: 22_050)
            #expect(
                throws: EditingError.otherSource(
                    name: "the sound", expected: recipe.source!.sha256, found: other.contentHash())
            ) { try editor.replay(recipe, from: other, to: WaveformDestination()) }
            let changed = folder.appending(path: "model")
            try FileManager.default.copyItem(at: JobFixture.model, to: changed)
            try FileManager.default.removeItem(at: changed.appending(path: "audio_encoder"))
            let stranger = try Editor(model: changed)
            #expect(throws: EditingError.self) { try stranger.replay(recipe, from: source, to: WaveformDestination()) }
            try stranger.replay(recipe, from: other, to: WaveformDestination(), anyway: true)
        }
    }
}
