import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

/// Edits in memory, as events, several at once, and stopped.
@Suite struct SessionTests {
    let editor: Editor
    static let sound = Waveform(channels: JobFixture.sound(seconds: 3, rate: 22_050, channels: 2), rate: 22_050)

    init() throws { editor = try JobFixture.editor() }

    private func fill(seed: UInt64, steps: Int = 10) throws -> Inpaint {
        try Inpaint(
            regions: [Region(start: 1, end: 1.4)], strength: 1,
            settings: Settings(for: Inpaint.self, seed: seed, steps: steps))
    }

    @Test func inMemoryIsAsInFiles() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try JobFixture.write(
                Self.sound.channels, rate: Self.sound.rate, to: folder.appending(path: "a.wav"), .float32)
            let requests: [any EditRequest] = [
                try fill(seed: 1),
                try Upsample(cutoff: 9000, settings: Settings(for: Upsample.self, steps: 4)),
                try Restyle(
                    strength: 0.5, condition: Condition(prompt: "rain"), settings: Settings(for: Restyle.self, steps: 4)
                ),
                try Generate(
                    duration: 0.7, condition: Condition(prompt: "rain"),
                    settings: Settings(for: Generate.self, steps: 2, encoding: .float32)),
            ]
            for request in requests {
                let output = folder.appending(path: request.job + ".wav")
                try editor.perform(request, request is Generate ? nil : source, to: output)
                let inMemory = try editor.perform(request, on: request is Generate ? nil : Self.sound)
                let isSame = try JobFixture.read(output) == inMemory.channels
                #expect(isSame, "\(request.job)")
            }
        }
    }

    @Test func aSoundIsNeededWhereOneIsEdited() throws {
        let request = try fill(seed: 1)
        #expect(throws: EditingError.noSource(job: "inpaint")) {
            try editor.perform(request, to: WaveformDestination())
        }
    }

    @Test func eventsEndWithTheReport() async throws {
        let destination = WaveformDestination()
        let session = editor.run(try fill(seed: 1), from: Self.sound, to: destination)
        var fractions: [Double] = []
        var previews: [EditPreview] = []
        var report: EditReport?
        for try await event in session {
            #expect(report == nil)
            switch event {
            case .progress(let progress): fractions.append(progress.fraction)
            case .preview(let preview): previews.append(preview)
            case .finished(let finished): report = finished
            }
        }
        #expect(report?.networkCalls == 10)
        #expect(fractions == fractions.sorted() && fractions.last == 1)
        #expect(destination.waveform?.frames == Self.sound.frames)
        // A preview is the passage as the network hears it coming.
        let preview = try #require(previews.last)
        let mel = try preview.mel()
        #expect(mel.shape == [1, Int((preview.duration * preview.framesPerSecond).rounded()), 80])
        #expect(preview.start == 0 && preview.duration >= 3)
        let heard = try preview.sound()
        #expect(heard.rate == 48_000 && heard.frames == mel.shape[1] * 480)
        let alone = try editor.perform(fill(seed: 1), on: Self.sound)
        let isSame = destination.waveform == alone
        #expect(isSame)
    }

    @Test func twoAtOnceGiveWhatTheyGiveAlone() async throws {
        let (one, other) = (try fill(seed: 1), try fill(seed: 2))
        let alone = (try editor.perform(one, on: Self.sound), try editor.perform(other, on: Self.sound))
        let areDifferent = alone.0 != alone.1
        #expect(areDifferent)
        // A fresh editor: its networks are loaded by both at once.
        let editor = try JobFixture.editor()
        for _ in 0..<3 {
            let destinations = (WaveformDestination(), WaveformDestination())
            let sessions = (
                editor.run(one, from: Self.sound, to: destinations.0),
                editor.run(other, from: Self.sound, to: destinations.1)
            )
            _ = try await (sessions.0.report, sessions.1.report)
            let areSame = (destinations.0.waveform == alone.0, destinations.1.waveform == alone.1)
            #expect(areSame.0 && areSame.1)
        }
    }

    /// So many steps would take minutes. Listening goes on on a thread of its own: the tests' pool may be busy for long.
    private func stopped(
        _ destination: any SoundDestination, from source: any SoundSource,
        by stop: @escaping @Sendable (EditSession) async throws -> Void
    ) async throws -> (error: (any Error)?, seconds: Double) {
        let session = editor.run(try fill(seed: 1, steps: 1000), from: source, to: destination)
        return try await Task(executorPreference: OwnThread()) {
            try await stop(session)
            let start = ContinuousClock.now
            do {
                _ = try await session.report
                return (nil, 0)
            } catch {
                return (error, (ContinuousClock.now - start) / .seconds(1))
            }
        }.value
    }

    @Test func aCancelledEditStopsWithinAStepAndLeavesNothing() async throws {
        let folder = try TemporaryFolder()
        let source = try JobFixture.write(Self.sound.channels, rate: Self.sound.rate, to: folder.file("a.wav"))
        let (error, seconds) = try await stopped(FileDestination(folder.file("b.wav")), from: AudioFile(source)) {
            session in
            for try await event in session { if case .preview = event { break } }
            session.cancel()
        }
        #expect(error is CancellationError)
        #expect(seconds < 3)
        #expect(try folder.contents() == ["a.wav"])
    }

    @Test func whoStopsListeningStopsTheEdit() async throws {
        let destination = WaveformDestination()
        let (error, seconds) = try await stopped(destination, from: Self.sound) { session in
            let listener = Task(executorPreference: OwnThread()) { for try await _ in session {} }
            try await Task.sleep(for: .milliseconds(100))
            listener.cancel()
        }
        #expect(error is CancellationError)
        #expect(seconds < 3)
        let isEmpty = destination.waveform == nil
        #expect(isEmpty)
    }
}
