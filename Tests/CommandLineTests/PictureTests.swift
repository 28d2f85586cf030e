import Foundation
import Testing

@Suite struct PictureTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("a.wav", rate: 44_100, channels: 2)
        try workplace.makeSound("b.flac", .flac, .pcm16, rate: 8000)
    }

    @Test func oneSoundAndTwo() throws {
        let one = try workplace.run("plot", "a.wav", "-o", "one.png")
        #expect(one.status == 0 && one.output == "" && one.errors == "")
        let two = try workplace.run(
            "plot", "a.wav", "b.flac", "-o", "two.png", "--region", "0:01-2", "--region", "2.5-3")
        #expect(two.status == 0, "\(two.errors)")
        #expect(try size("one.png") == [1587, 546])
        #expect(try size("two.png") == [1587, 1032])
    }

    private func size(_ name: String) throws -> [Int] {
        let bytes = try workplace.bytes(name)
        return [16..<20, 20..<24].map { bytes[$0].reduce(0) { $0 << 8 | Int($1) } }
    }

    @Test func thePictureIsTheSameWhateverTheThreads() throws {
        for threads in ["1", "2"] {
            #expect(try workplace.run("plot", "a.wav", "-o", "\(threads).png", "--threads", threads).status == 0)
        }
        #expect(try workplace.bytes("1.png") == workplace.bytes("2.png"))
    }

    @Test func anExistingPictureNeedsForce() throws {
        try Data("mine".utf8).write(to: workplace.url("picture.png"))
        try workplace.expectFailure(
            "plot", "a.wav", "-o", "picture.png",
            message: "picture.png: exists already; choose another name or overwrite it with --force")
        #expect(try workplace.run("plot", "a.wav", "-o", "picture.png", "--force").status == 0)
        #expect(try size("picture.png") == [1587, 546])
    }

    @Test func whatCannotBeDrawnIsSaid() throws {
        try workplace.expectFailure("plot", "c.wav", "-o", "picture.png", message: "c.wav: no such file")
        try workplace.expectFailure(
            "plot", "a.wav", "-o", "picture.png", "--region", "2-4",
            message: "--region 2-4: lies outside the sound, which lasts 3 s")
        try workplace.expectFailure(
            "plot", "a.wav", "-o", "no/picture.png",
            message: "no/picture.png: cannot be written: there is no such folder")
    }
}
