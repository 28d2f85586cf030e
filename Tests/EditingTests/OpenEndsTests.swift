import Core
import Editing
import Foundation
import TestSupport
import Testing

/// Maps and jobs that others bring.
@Suite struct OpenEndsTests {
    let editor: Editor
    static let sound = Waveform(channels: JobFixture.sound(seconds: 4, rate: 48_000, channels: 1), rate: 48_000)

    init() throws { editor = try JobFixture.editor() }

    @Test func aMapChangesWhereItSaysSo() throws {
        // Of four seconds the third one, in the upper half of the bands.
        var map = StrengthMap(frames: 4, bins: 2)
        map[2, 1] = 1
        let result = try editor.perform(
            Remake(map: map, region: Region(start: 0.5, end: 3.5), settings: Settings(for: Remake.self, steps: 4)),
            on: Self.sound)
        #expect(result.frames == Self.sound.frames)
        #expect(result.channels[0][..<24_000].elementsEqual(Self.sound.channels[0][..<24_000]) == true)
        #expect(result.channels[0][168_000...].elementsEqual(Self.sound.channels[0][168_000...]) == true)
        let nothing = try editor.perform(
            Remake(map: StrengthMap(frames: 3, bins: 5), settings: Settings(for: Remake.self, steps: 4)), on: Self.sound
        )
        let isKept = nothing == Self.sound
        #expect(isKept)
        // The network is run only as far as the map asks for it.
        var calls: [Int] = []
        for strength in [Float(0.25), 0.5, 1] {
            try editor.perform(
                Remake(
                    map: StrengthMap([strength], frames: 1, bins: 1),
                    settings: Settings(for: Remake.self, steps: 4, guidance: 1)),
                from: Self.sound, to: WaveformDestination()
            ) { if case .finished(let report) = $0 { calls.append(report.networkCalls) } }
        }
        #expect(calls == [1, 2, 4])
    }

    /// A job that the library does not know: the sound of a region backwards, brought near to what sounds natural.
    struct Reverse: EditRequest {
        static let job = "reverse"
        static let defaults = SamplingDefaults.surrounded
        var regions: [Region]
        var condition = Condition()
        var settings: Settings

        func plan(for source: (any SoundSource)?) -> EditPlan {
            .regions(RegionPlan(regions, strength: 0.1, start: Backwards(), needsSurroundings: true))
        }
    }

    struct Backwards: StartingPoint {
        func draft(of frames: Range<Int>, in passage: HeardPassage) throws -> Tensor? {
            let mel = try passage.mel(frames).elements
            let rows = frames.indices.reversed().flatMap { frame in
                let row = (frame - frames.lowerBound) * passage.bands
                return mel[row..<row + passage.bands]
            }
            return Tensor(rows, shape: [1, frames.count, passage.bands])
        }
    }

    @Test func aJobOfOnesOwn() throws {
        let request = Reverse(
            regions: [Region(start: 1, end: 2)], settings: try Settings(for: Reverse.self, steps: 20))
        let result = try editor.perform(request, on: Self.sound)
        #expect(result.channels[0][..<48_000].elementsEqual(Self.sound.channels[0][..<48_000]) == true)
        #expect(result.channels[0][48_000..<96_000].elementsEqual(Self.sound.channels[0][48_000..<96_000]) == false)
        let data = try RequestDocument.data(of: request)
        #expect(try RequestDocument.request(from: data, jobs: [Reverse.self]).isEqual(to: request))
        #expect(throws: EditingError.self) { try RequestDocument.request(from: data) }
    }
}

/// Sounds of rates at which nobody records, but which files have.
@Suite struct LowRateTests {
    @Test(arguments: [200, 500, 1000, 1001, 1100, 1500, 2000]) func everyJobIsDone(rate: Int) throws {
        let editor = try JobFixture.editor()
        let sound = Waveform(channels: JobFixture.sound(seconds: 3, rate: rate, channels: 2), rate: rate)
        #expect(try CutOff.find(in: sound) <= Double(rate) / 2)
        let regions = [Region(start: 1, end: 1.3)]
        let requests: [any EditRequest] = [
            try Inpaint(regions: regions, settings: Settings(for: Inpaint.self, steps: 10)),
            try Inpaint(regions: regions, strength: 1, settings: Settings(for: Inpaint.self, steps: 4)),
            try Restyle(condition: Condition(prompt: "rain"), settings: Settings(for: Restyle.self, steps: 4)),
            try Upsample(settings: Settings(for: Upsample.self, steps: 4)),
        ]
        for request in requests {
            let result = try editor.perform(request, on: sound)
            let isRight = result.channels.allSatisfy { $0.allSatisfy(\.isFinite) }
            #expect(isRight, "\(request.job)")
            #expect(abs(result.duration - 3) < 0.001, "\(request.job)")
        }
    }

    @Test func ratesThatCannotBeReachedAreRefused() throws {
        let sound = Waveform(channels: JobFixture.sound(seconds: 3, rate: 100, channels: 1), rate: 100)
        let request = try Inpaint(regions: [Region(start: 1, end: 1.3)])
        let editor = try JobFixture.editor()
        #expect(throws: AudioError.self) { try editor.perform(request, on: sound) }
    }
}
