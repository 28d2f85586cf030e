import Foundation
import TestSupport
import Testing

@Suite struct ReplayTests {
    private let workplace: Workplace

    /// A sound, a fill of it and the fill's recipe.
    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("a.wav")
        let outcome = try workplace.edit(
            "inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.5", "--seed", "3", "--recipe")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func theBytesAreTheSame() throws {
        let outcome = try workplace.run("replay", "b.wav.json", "-o", "again.wav")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.networkCalls ?? 0 > 0)
        let isSame = try workplace.bytes("again.wav") == workplace.bytes("b.wav")
        #expect(isSame)
    }

    @Test func aRecipeThatIsNotThereIsNamed() throws {
        try workplace.expectFailure("replay", "c.json", "-o", "c.wav", message: "c.json: no such file")
        try FileManager.default.createDirectory(at: workplace.url("d"), withIntermediateDirectories: false)
        try workplace.expectFailure(
            "replay", "d", "-o", "c.wav", message: "d: cannot be read: Is a directory")
    }

    @Test func anotherSourceIsRefusedUnlessOneSaysSo() throws {
        try workplace.makeSound("other.wav", seconds: 4)
        let outcome = try workplace.run("replay", "b.wav.json", "--input", "other.wav", "-o", "c.wav")
        #expect(outcome.status == 1)
        #expect(
            outcome.errors.contains(/^edit-cli: other.wav: the source with the SHA-256 .* expected, found .* --anyway/))
        let anyway = try workplace.run("replay", "b.wav.json", "--input", "other.wav", "-o", "c.wav", "--anyway")
        #expect(anyway.status == 0, "\(anyway.errors)")
    }

    @Test func aKeyThatNobodyKnowsIsRefused() throws {
        let recipe = try String(contentsOf: workplace.url("b.wav.json"), encoding: .utf8)
        try Data(recipe.replacing("\"seed\"", with: "\"louder\" : 1, \"seed\"").utf8).write(to: workplace.url("c.json"))
        try workplace.expectFailure(
            "replay", "c.json", "-o", "c.wav", message: "c.json: unknown key 'settings.louder'")
    }
}
