import Core
import Foundation
import TestSupport
import Testing

/// Sounds through standard input and standard output.
@Suite struct StreamTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("a.wav", channels: 2)
        try workplace.makeSound("a.flac", .flac, rate: 22_050)
        try workplace.makeSound("a.ogg", .ogg, .vorbis, rate: 44_100)
        try workplace.makeSound("a.mp3", .mp3, .mp3, rate: 44_100)
    }

    /// Runs a line of the shell, in which `$0` is the program.
    private func shell(_ line: String) throws -> Program.Outcome {
        try Program.run(["-c", line, Program.path], in: workplace.folder.url, program: "/bin/sh")
    }

    private static let small = "--steps 10 --model '\(Workplace.model)'"

    /// A library's own words about a file go neither among a sound's bytes nor into a report.
    @Test func whatALibraryPrintsIsNotAmongTheBytes() throws {
        var bytes = try Data(contentsOf: Fixture.url("signal/rare.sds"))
        // The second packet begins with another byte than libsndfile expects, which prints that.
        bytes[21 + 127] = 1
        try bytes.write(to: workplace.folder.file("bent.sds"))
        let told = try shell("\"$0\" info bent.sds")
        #expect(told.status == 0 && told.output.hasPrefix("file  ") && told.errors == "", "\(told.output)")
        let sound = try shell(
            "\"$0\" inpaint bent.sds -o - --region 0.01-0.02 --model '\(Workplace.model)' | head -c 4")
        #expect(sound.status == 0 && sound.output == "RIFF", "\(sound.output) \(sound.errors)")
    }

    /// What comes in by a pipe or from a file gives the bytes that the file itself gives, and so does what goes out.
    @Test(arguments: [
        "inpaint a.wav --region 1-1.4", "inpaint a.flac --region 1-1.4 --seed 3", "upsample a.wav --cutoff 4000",
        "restyle a.ogg --prompt rain --strength 0.3", "inpaint a.mp3 --region -1.5--1",
    ]) func aStreamGivesWhatAFileGives(job: String) throws {
        let words = job.split(separator: " ").map(String.init)
        let name = words[1]
        let rest = words.dropFirst(2).joined(separator: " ")
        let file = try shell("\"$0\" \(job) -o file.wav \(Self.small)")
        #expect(file.status == 0, "\(file.errors)")
        let stream = try shell("cat \(name) | \"$0\" \(words[0]) - -o - \(rest) \(Self.small) | cat > stream.wav")
        #expect(stream.status == 0 && stream.output == "", "\(stream.errors)")
        let isSame = try workplace.bytes("file.wav") == workplace.bytes("stream.wav")
        #expect(isSame)
        // The report is the same but for the name and the times, and goes the other way.
        #expect(stream.errors.hasPrefix("standard output: WAV, "), "\(stream.errors)")
        #expect(stream.errors.contains("\ntook "))
        let redirected = try shell("\"$0\" \(words[0]) - -o in.wav \(rest) \(Self.small) --quiet < \(name)")
        #expect(redirected.status == 0 && redirected.output == "" && redirected.errors == "")
        let isSameAgain = try workplace.bytes("file.wav") == workplace.bytes("in.wav")
        #expect(isSameAgain)
    }

    @Test func aNewSoundGoesOut() throws {
        let line = "generate rain --duration 1 --takes 1"
        #expect(try shell("\"$0\" \(line) -o file.wav \(Self.small)").status == 0)
        let outcome = try shell("\"$0\" \(line) -o - --json-progress \(Self.small) > stream.wav")
        #expect(outcome.status == 0)
        let isSame = try workplace.bytes("file.wav") == workplace.bytes("stream.wav")
        #expect(isSame)
        #expect(outcome.errors.contains("\"job\":\"generate\""))
        #expect(!FileManager.default.fileExists(atPath: workplace.url("-").path))
    }

    @Test func whatIsOnlyLookedAtMayComeIn() throws {
        let info = try shell("\"$0\" info - < a.wav")
        #expect(info.status == 0, "\(info.errors)")
        #expect(info.output.hasPrefix("file      standard input\nformat    WAV, 16-bit PCM\n"))
        #expect(try shell("\"$0\" plot - a.wav -o p.png < a.flac").status == 0)
        let found = try shell("\"$0\" find dropouts - < a.wav")
        #expect(found.status == 0 && found.errors == "")
    }

    @Test func whatIsFoundIsSaidBesideTheSound() throws {
        var samples = try workplace.read("a.wav").samples
        for channel in samples.indices { for frame in 20_000..<20_400 { samples[channel][frame] = 0 } }
        try workplace.write(
            samples, to: "gap.wav", AudioFormat(container: .wav, encoding: .pcm16, rate: 16_000, channels: 2))
        let outcome = try shell(
            "\"$0\" find dropouts - --fill -o - --model '\(Workplace.model)' < gap.wav > filled.wav")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("\tdropout "))
        let filled = try workplace.read("filled.wav").samples
        #expect(filled[0][20_000..<20_400].contains { $0 != 0 })
    }

    @Test func aRecipeOfAStreamAsksForTheSound() throws {
        let made = try shell("\"$0\" inpaint - -o b.wav --region 1-1.4 --recipe \(Self.small) < a.wav")
        #expect(made.status == 0, "\(made.errors)")
        try workplace.expectFailure(
            "replay", "b.wav.json", "-o", "c.wav", status: 64,
            message: "--input: a sound expected, as the recipe's came through standard input")
        #expect(try shell("\"$0\" replay b.wav.json --input - -o - < a.wav > c.wav").status == 0)
        let isSame = try workplace.bytes("b.wav") == workplace.bytes("c.wav")
        #expect(isSame)
    }

    /// One line, nothing left behind, and nothing that looks like a sound on the way out.
    @Test(
        arguments: [
            ("info - < /dev/null", 1, "standard input: holds no sound"),
            (
                "inpaint - -o - --region 1-2 < notes.txt", 1,
                "standard input: not a sound file of a known format (WAV, FLAC, OGG, MP3, AIFF, ...): it is a text"
            ),
            ("info - <&-", 1, "standard input: holds no sound"),
            ("info - < .", 1, "standard input: cannot be read: Is a directory"),
            (
                "inpaint - --in-place --region 1-2 < a.wav", 64,
                "--in-place: a sound file expected, found standard input"
            ),
            (
                "inpaint a.wav -o - --region 1-2 --recipe", 64,
                "--recipe: a file as --output expected with it, found standard output"
            ),
            (
                "inpaint a.wav -o - --region 1-2 --takes 2 --keep-all", 64,
                "--keep-all: a file as --output expected with it, found standard output"
            ),
            ("inpaint a.wav -o - --region 1-1.4 >&-", 1, "standard output: cannot be written: it is closed"),
            (
                "inpaint a.wav -o - --region 1-1.4 --steps 10 --model '\(Workplace.model)' > /dev/full", 1,
                "standard output: cannot be written: No space left on device"
            ),
            ("plot - - -o p.png < a.wav", 64, "one sound at most expected through standard input, found two"),
        ] as [(String, Int32, String)]) func whatCannotComeInOrGoOutIsNamed(
            line: String, status: Int32, message: String
        ) throws
    {
        try Data("a text\n".utf8).write(to: workplace.url("notes.txt"))
        let before = try workplace.folder.contents()
        let outcome = try shell("exec \"$0\" \(line)")
        #expect(outcome.status == status)
        #expect(outcome.errors == "edit-cli: \(message)\n")
        #expect(outcome.output == "")
        #expect(try workplace.folder.contents() == before)
    }

    @Test func aReaderThatGoesAwayIsNamed() throws {
        let outcome = try shell(
            "{ \"$0\" generate rain --duration 8 --takes 1 -o - --quiet \(Self.small); echo $? >&2; } | true")
        #expect(outcome.errors == "edit-cli: standard output: cannot be written: Broken pipe\n1\n")
    }

    @Test func aTerminalIsNoPlaceForASound() throws {
        let line = "'\(Program.path)' inpaint a.wav -o - --region 1-1.4 --model '\(Workplace.model)'"
        let outcome = try Program.run(
            ["-qec", line, "/dev/null"], in: workplace.folder.url, program: "/usr/bin/script")
        #expect(outcome.status == 1)
        #expect(
            outcome.output.contains(
                "edit-cli: standard output: cannot be written: it is a terminal; a file or a pipe is expected"))
        let typed = try Program.run(
            ["-qec", "'\(Program.path)' info -", "/dev/null"], in: workplace.folder.url, program: "/usr/bin/script")
        #expect(typed.output.contains("standard input: cannot be read: it is a terminal"))
    }

    /// Neither what comes in nor what goes out leaves anything in the folder for temporary files.
    @Test func nothingIsLeftInTheTemporaryFolder() throws {
        let outcome = try shell(
            "mkdir tmp && TMPDIR=$PWD/tmp \"$0\" inpaint - -o - --region 1-1.4 --quiet \(Self.small) < a.wav > out.wav && ls -A tmp"
        )
        #expect(outcome.status == 0 && outcome.output == "" && outcome.errors == "")
    }
}
