import Core
import Foundation
import TestSupport
import Testing

/// Names and places that are unusual and right.
@Suite struct FileNameTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("in.wav")
    }

    private func shell(_ line: String) throws -> Program.Outcome {
        try Program.run(["-c", line, Program.path, Workplace.model], in: workplace.folder.url, program: "/bin/bash")
    }

    @Test(arguments: [
        String(repeating: "x", count: 251) + ".wav",
        String(repeating: "\u{1F468}\u{200D}\u{1F467}", count: 22) + ".wav",
        "-x.wav", "two words, 'and' \"more\".wav",
    ])
    func anyNameIsWritten(name: String) throws {
        let outcome = try workplace.edit("inpaint", "in.wav", "-o", "./" + name, "--region", "1-1.5", "--quiet")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try workplace.folder.contents() == [name, "in.wav"].sorted())
    }

    @Test func aNameNeedNotBeUTF8() throws {
        let outcome = try shell(
            "cp in.wav $'b\\xff\\xe9.wav' && \"$0\" inpaint $'b\\xff\\xe9.wav' -o $'o\\xfe.wav' --region 1-1.5 --steps 2 "
                + "--quiet --model \"$1\" && test -s $'o\\xfe.wav' && ls | wc -l")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines) == "3")
    }

    @Test func textStandsForAnyBytes() {
        for bytes in [Array("a\u{E9}.wav".utf8), [0x62, 0xFF, 0xC3], [0xF4, 0x8F, 0xBA, 0x80], [0xE2, 0x82]]
            as [[UInt8]]
        {
            let url = URL(fileURLWithPath: "/" + FilePath.text(bytes))
            #expect(FilePath.text([0x2F] + bytes) == url.path)
        }
        #expect(FilePath.readable(FilePath.text([0x62, 0xFF])) == "b\u{FFFD}")
    }

    @Test func aLinkToNothingIsFollowed() throws {
        try FileManager.default.createSymbolicLink(
            atPath: workplace.url("link.wav").path, withDestinationPath: "target.wav")
        let missing = try workplace.run("info", "link.wav")
        #expect(missing.status == 1)
        #expect(
            missing.errors == "edit-cli: link.wav: cannot be read: it is a link to target.wav, which does not exist\n")
        let outcome = try workplace.edit("inpaint", "in.wav", "-o", "link.wav", "--region", "1-1.5", "--quiet")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: workplace.url("link.wav").path) == "target.wav")
        #expect(try workplace.read("target.wav").samples[0].count == 48_000)
    }

    @Test func aLinkThatGoesRoundIsNamed() throws {
        for (link, target) in [("a.wav", "b.wav"), ("b.wav", "a.wav")] {
            try FileManager.default.createSymbolicLink(atPath: workplace.url(link).path, withDestinationPath: target)
        }
        let outcome = try workplace.edit("inpaint", "in.wav", "-o", "a.wav", "--region", "1-1.5")
        #expect(outcome.errors == "edit-cli: a.wav: cannot be written: it is a link that leads back to itself\n")
    }

    @Test func aPipeIsNoFile() throws {
        #expect(unsafe mkfifo(workplace.url("pipe.wav").path, 0o600) == 0)
        let input = try workplace.edit("inpaint", "pipe.wav", "-o", "out.wav", "--region", "1-1.5")
        #expect(input.errors == "edit-cli: pipe.wav: a sound file is expected, this is a folder, a pipe or a device\n")
        let output = try workplace.edit("inpaint", "in.wav", "-o", "pipe.wav", "--region", "1-1.5", "--force")
        #expect(output.errors == "edit-cli: pipe.wav: cannot be written: it is not a file\n")
    }

    @Test func anEditInPlaceKeepsPermissionsOwnerAndAttributes() throws {
        let path = workplace.url("in.wav").path
        let isAdministrator = geteuid() == 0
        if isAdministrator { #expect(unsafe chown(path, 1234, 777) == 0) }
        #expect(unsafe chmod(path, 0o604) == 0)
        #expect(try shell("setfattr -n user.comment -v 'first take' in.wav").status == 0)
        let outcome = try workplace.edit("inpaint", "in.wav", "-o", "in.wav", "--region", "1-1.5", "--force")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try shell("getfattr --only-values -n user.comment in.wav").output == "first take")
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o604)
        if isAdministrator { #expect(status.st_uid == 1234 && status.st_gid == 777) }
    }
}
