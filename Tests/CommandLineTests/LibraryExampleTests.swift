import Foundation
import TestSupport
import Testing

/// The programs in Examples/library do what they say, with the model that ships.
@Suite struct LibraryExampleTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    private func run(_ name: String, _ arguments: String...) throws -> Program.Outcome {
        let program = URL(filePath: Program.path).deletingLastPathComponent().appending(path: name).path
        return try Program.run(arguments, in: workplace.folder.url, program: program)
    }

    @Test func aGapIsFilledInMemory() throws {
        try workplace.makeSound("a.wav", rate: 22_050, channels: 2)
        let outcome = try run("example-fill", "a.wav", "b.wav", "1", "1.5")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "filled 1.0 to 1.5 s of 3.0 s\n")
        let (before, after) = (try workplace.read("a.wav").samples[0], try workplace.read("b.wav").samples[0])
        #expect(before[..<22_050] == after[..<22_050] && before[33_075...] == after[33_075...])
        #expect(before[22_050..<33_075] != after[22_050..<33_075])
        #expect(try run("example-fill", "a.wav").status == 64)
    }

    @Test func aMapOfOnesOwnShowsItsPreviews() throws {
        try workplace.makeSound("a.wav", seconds: 2)
        let outcome = try run("example-map", "a.wav", "b.wav", "rain", "pictures")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try workplace.read("b.wav").samples[0].count == 32_000)
        let pictures = try FileManager.default.contentsOfDirectory(atPath: workplace.url("pictures").path)
        #expect(pictures.count > 3)
        for picture in pictures {
            #expect(try workplace.bytes("pictures/\(picture)").starts(with: [0x89] + "PNG".utf8))
        }
    }

    @Test func aFolderIsDoneAndWhatIsNoSoundIsSaid() throws {
        try FileManager.default.createDirectory(at: workplace.url("in"), withIntermediateDirectories: false)
        try workplace.makeSound("in/a.wav", rate: 8000, seconds: 1)
        try workplace.makeSound("in/c.flac", .flac, .pcm16, rate: 11_025, seconds: 1)
        try Data("no sound".utf8).write(to: workplace.url("in/b.txt"))
        let outcome = try run("example-folder", "in", "out")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("1 of 3, a.wav: 100 %\n2 of 3, in/b.txt: "))
        #expect(outcome.output.hasSuffix("3 of 3, c.flac: 100 %\n"))
        for name in ["a.wav", "c.wav"] { #expect(try workplace.read("out/" + name).format.rate == 48_000) }
    }
}
