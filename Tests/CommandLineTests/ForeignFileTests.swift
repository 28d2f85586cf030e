import Core
import Foundation
import TestSupport
import Testing

/// Files that ffmpeg decodes; `make test` installs it.
@Suite struct ForeignFileTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("in.wav", rate: 44_100, channels: 2, seconds: 2)
    }

    private func ffmpeg(_ arguments: String...) throws {
        let outcome = try Program.run(
            ["ffmpeg", "-v", "error", "-y"] + arguments, in: workplace.folder.url, program: "/usr/bin/env")
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    @Test(arguments: ["a.m4a", "a.aac", "a.wma", "a.mka", "a.mp4"]) func soundOfOtherFilesIsRead(name: String) throws {
        try ffmpeg("-i", "in.wav", "-metadata", "title=Rain", name)
        let before = try workplace.bytes(name)
        let outcome = try workplace.edit("inpaint", name, "-o", "out.wav", "--region", "1-1.4", "--quiet")
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
        let (format, samples) = try workplace.read("out.wav")
        #expect(format == AudioFormat(container: .wav, encoding: .float32, rate: 44_100, channels: 2))
        #expect(abs(samples[0].count - 88_200) < 4200)
        if name != "a.aac" { #expect(try AudioFile(workplace.url("out.wav")).tags[.title] == "Rain") }
        #expect(try workplace.bytes(name) == before)
        #expect(try workplace.folder.contents() == [name, "in.wav", "out.wav"].sorted())
    }

    @Test func losslessSoundStaysExact() throws {
        try ffmpeg("-i", "in.wav", "-c:a", "alac", "a.m4a")
        let (before, after) = (try workplace.read("in.wav"), try workplace.read("a.m4a"))
        #expect(after.format.encoding == .pcm16)
        #expect(before.samples == after.samples)
    }

    @Test func aFilmWithoutSoundHoldsNone() throws {
        try ffmpeg("-f", "lavfi", "-i", "testsrc=d=0.2:s=64x64", "film.mp4")
        try workplace.expectFailure("info", "film.mp4", message: "film.mp4: holds no sound")
    }

    @Test func aFileThatIsCutShortIsRefused() throws {
        try ffmpeg("-i", "in.wav", "a.m4a")
        try Data(workplace.bytes("a.m4a").prefix(9000)).write(to: workplace.url("cut.m4a"))
        let outcome = try workplace.run("info", "cut.m4a")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("edit-cli: cut.m4a: ffmpeg cannot decode it: "))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    /// Of two ffmpeg decodes the first, of some kinds.
    @Test(arguments: [
        ("mp4", "aac"), ("m4a", "alac"), ("mov", "pcm_s16le"), ("wma", "wmav2"), ("tta", "tta"), ("flv", "aac"),
        ("mka", "aac"), ("wv", "wavpack"), ("spx", "libspeex"),
    ])
    func filesOneAfterTheOtherAreRefused(end: String, encoder: String) throws {
        try ffmpeg("-i", "in.wav", "-ar", end == "spx" ? "16000" : "44100", "-c:a", encoder, "a.\(end)")
        let whole = try workplace.bytes("a.\(end)")
        #expect(try workplace.run("info", "a.\(end)").status == 0)
        try Data(whole + whole).write(to: workplace.url("ab.\(end)"))
        try workplace.expectFailure(
            "info", "ab.\(end)",
            message: "ab.\(end): another sound file follows in it from byte \(whole.count) on, which would be lost; "
                + "take the two apart first")
    }

    /// Packets follow each other; so do whole files of them.
    @Test(arguments: ["aac", "ac3"]) func packetsOneAfterTheOtherAreOneSound(end: String) throws {
        try ffmpeg("-i", "in.wav", "a.\(end)")
        let whole = try workplace.bytes("a.\(end)")
        try Data(whole + whole).write(to: workplace.url("ab.\(end)"))
        let (one, two) = (try workplace.read("a.\(end)"), try workplace.read("ab.\(end)"))
        #expect(two.samples[0].count >= 2 * one.samples[0].count - 2048)
    }

    /// Containers that libsndfile knows, with encodings that it does not.
    @Test(arguments: [("wav", "wmav2"), ("wav", "ac3"), ("wav", "adpcm_swf"), ("caf", "alac"), ("w64", "adpcm_yamaha")])
    func encodingsThatLibsndfileDoesNotKnowAreRead(end: String, encoder: String) throws {
        try ffmpeg("-i", "in.wav", "-c:a", encoder, "a.\(end)")
        let (before, after) = (try workplace.read("in.wav"), try workplace.read("a.\(end)"))
        #expect(after.format.rate == 44_100 && after.samples.count == 2)
        #expect(abs(after.samples[0].count - before.samples[0].count) < 4200)
        if encoder == "alac" { #expect(after.samples == before.samples) }
    }

    @Test func withoutFFmpegTheLineSaysWhatToDo() throws {
        try ffmpeg("-i", "in.wav", "a.m4a")
        let outcome = try Program.run(
            ["-c", "PATH=/nowhere; export PATH; exec \"$0\" info a.m4a", Program.path], in: workplace.folder.url,
            program: "/bin/sh")
        #expect(outcome.status == 1)
        #expect(
            outcome.errors
                == "edit-cli: a.m4a: is an M4A file, which is read with ffmpeg; install it (apt-get install ffmpeg), "
                + "or convert the file to WAV\n")
    }

    @Test func whatLooksLikeSoundByItsNameOnlyIsNamed() throws {
        try Data(repeatElement("<!DOCTYPE html><html><body>404</body></html>\n", count: 20).joined().utf8)
            .write(to: workplace.url("page.mp3"))
        try workplace.expectFailure(
            "info", "page.mp3",
            message: "page.mp3: not a sound file of a known format (WAV, FLAC, OGG, MP3, AIFF, ...): it is a web page")
    }
}
