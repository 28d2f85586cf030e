import Core
import Foundation
import TestSupport
import Testing

/// A folder with sounds, in which edit-cli is run with the small model of the tests.
struct Workplace {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let model = Fixture.url("default-like").path

    func url(_ name: String) -> URL { folder.file(name) }

    /// Runs a job on the small model in ten steps: of a fill over a draft these are one.
    func edit(_ arguments: String..., whileRunning: (pid_t) throws -> Void = { _ in }) throws -> Program.Outcome {
        let outcome = try Program.run(
            arguments + ["--model", Self.model, "--steps", "10"], in: folder.url, whileRunning: whileRunning)
        if outcome.status == 0, !arguments.contains("--quiet") {
            #expect(outcome.networkCalls ?? 0 > 0, "the network was not run: \(outcome.output)")
        }
        return outcome
    }

    func run(_ arguments: String...) throws -> Program.Outcome { try Program.run(arguments, in: folder.url) }

    /// Writes a sound: tones and noise, other ones in each channel.
    func makeSound(
        _ name: String, _ container: AudioContainer = .wav, _ encoding: AudioEncoding = .pcm16, rate: Int = 16_000,
        channels: Int = 1, seconds: Double = 3
    ) throws {
        var random = TestRandom(seed: 5)
        let samples = (0..<channels).map { channel in
            let frequency = 2 * Double.pi * Double(220 + 110 * channel) / Double(rate)
            return (0..<Int(seconds * Double(rate))).map { index in
                0.2 * Float(sin(frequency * Double(index))) + 0.1 * random.next()
            }
        }
        try write(
            samples, to: name, AudioFormat(container: container, encoding: encoding, rate: rate, channels: channels))
    }

    func write(_ samples: [[Float]], to name: String, _ format: AudioFormat) throws {
        let writer = try AudioWriter(url(name), format: format, overwrite: true)
        try writer.write(samples)
        _ = try writer.finish()
    }

    func read(_ name: String) throws -> (format: AudioFormat, samples: [[Float]]) {
        let file = try AudioFile(url(name))
        return (file.format, try file.read(frames: 0..<file.frames))
    }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(name))) }

    /// Expects that a run fails with one line, and that it leaves the folder as it is.
    func expectFailure(
        _ arguments: String..., status: Int32 = 1, message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try folder.contents()
        let outcome = try Program.run(arguments, in: folder.url)
        #expect(outcome.status == status, sourceLocation: sourceLocation)
        #expect(outcome.errors == "edit-cli: \(message)\n", sourceLocation: sourceLocation)
        #expect(outcome.output == "", sourceLocation: sourceLocation)
        #expect(try folder.contents() == before, sourceLocation: sourceLocation)
    }
}
