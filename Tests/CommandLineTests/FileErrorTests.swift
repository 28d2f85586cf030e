import Core
import Foundation
import TestSupport
import Testing

@Suite struct FileErrorTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("take.wav")
    }

    private func expectFailure(_ input: String, _ message: String) throws {
        try workplace.expectFailure(
            "inpaint", input, "-o", "out.wav", "--region", "1-1.5", "--model", Workplace.model, message: message)
    }

    @Test func missing() throws { try expectFailure("nothing.wav", "nothing.wav: no such file") }

    @Test func folder() throws {
        try FileManager.default.createDirectory(at: workplace.url("sounds"), withIntermediateDirectories: false)
        try workplace.expectFailure(
            "inpaint", "sounds", "-o", "out", "--region", "1-2", status: 64,
            message: "sounds: sounds expected, found none in it")
        try workplace.expectFailure(
            "info", "sounds", message: "sounds: a sound file is expected, this is a folder, a pipe or a device")
    }

    @Test func empty() throws {
        try Data().write(to: workplace.url("empty.wav"))
        try expectFailure("empty.wav", "empty.wav: holds no sound")
    }

    @Test func notSound() throws {
        try Data("This is not a sound.\n".utf8).write(to: workplace.url("letter.txt"))
        let outcome = try workplace.edit("inpaint", "letter.txt", "-o", "out.wav", "--region", "1-2")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("edit-cli: letter.txt: not a sound file of a known format"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test func truncated() throws {
        let whole = try workplace.bytes("take.wav")
        try Data(whole.prefix(44 + 32_000)).write(to: workplace.url("half.wav"))
        try expectFailure(
            "half.wav",
            "half.wav: is truncated: its header promises 3.000 s, 1.000 s are there; get a complete copy")
    }

    @Test func notNumbers() throws {
        try workplace.makeSound("float.wav", .wav, .float32)
        var bytes = try workplace.bytes("float.wav")
        // One second into the sound, at its end of the file: the bits of NaN.
        let place = bytes.count - 4 * 32_000
        bytes.replaceSubrange(place..<place + 4, with: [0, 0, 0xC0, 0x7F])
        try Data(bytes).write(to: workplace.url("float.wav"))
        try expectFailure(
            "float.wav", "float.wav: holds a sample that is not a number (channel 1, at 1.000 s); repair it first")
    }

    @Test func regionOutside() throws {
        try workplace.expectFailure(
            "inpaint", "take.wav", "-o", "out.wav", "--region", "2-4", "--model", Workplace.model,
            message: "--region 2-4: lies outside the sound, which lasts 3 s")
    }

    @Test func everythingWithoutAPrompt() throws {
        try workplace.expectFailure(
            "inpaint", "take.wav", "-o", "out.wav", "--region", "0-3", "--model", Workplace.model,
            message: "take.wav: the regions cover all of it, so that nothing tells what to fill in; "
                + "give a --prompt or smaller regions")
    }

    @Test func unknownModel() throws {
        try workplace.expectFailure(
            "inpaint", "take.wav", "-o", "out.wav", "--region", "1-2", "--model", "nowhere",
            message: "nowhere: not a model: there is no such folder")
    }

    @Test func folderThatIsNoModel() throws {
        let outcome = try workplace.run("info", "--model", ".")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("it lacks model_index.json"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test func existingOutput() throws {
        try workplace.makeSound("out.wav")
        let before = try workplace.bytes("out.wav")
        try expectFailure("take.wav", "out.wav: exists already; choose another name or overwrite it with --force")
        #expect(try workplace.bytes("out.wav") == before)
        let outcome = try workplace.edit("inpaint", "take.wav", "-o", "out.wav", "--region", "1-1.5", "--force")
        #expect(outcome.status == 0)
        #expect(try workplace.bytes("out.wav") != before)
    }

    @Test func outputIsTheSource() throws {
        try workplace.expectFailure(
            "inpaint", "take.wav", "-o", "./take.wav", "--region", "1-1.5", "--model", Workplace.model,
            message: "./take.wav: is the source itself; choose another name or overwrite it with --force")
    }

    @Test func outputInNoFolder() throws {
        try workplace.expectFailure(
            "inpaint", "take.wav", "-o", "no/where/out.wav", "--region", "1-1.5", "--model", Workplace.model,
            message: "no/where/out.wav: cannot be written: there is no such folder")
    }

    @Test func outputOfUnknownFormat() throws {
        let outcome = try workplace.edit("inpaint", "take.wav", "-o", "out.doc", "--region", "1-1.5")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("edit-cli: out.doc: the extension must say the format, one of wav,"))
    }

    @Test func encodingThatTheFormatCannotHold() throws {
        let outcome = try workplace.edit(
            "inpaint", "take.wav", "-o", "out.flac", "--region", "1-1.5", "--encoding", "float32")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("edit-cli: out.flac: FLAC cannot hold 32-bit float; it can hold "))
    }

    /// The administrator may write everywhere; only others can be refused.
    @Test(.enabled(if: geteuid() != 0)) func noPermission() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: workplace.folder.url.path)
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: workplace.folder.url.path)
        }
        try expectFailure("take.wav", "out.wav: cannot be written: Permission denied")
    }

    /// On a file system that takes no files at all, whoever asks.
    @Test func noPlaceForFiles() throws {
        let outcome = try workplace.edit("inpaint", "take.wav", "-o", "/proc/out.wav", "--region", "1-1.5")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("edit-cli: /proc/out.wav: cannot be written: "))
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func fullDisk() throws {
        let disk = try SmallDisk(at: workplace.folder.url.appending(path: "disk"), kilobytes: 64)
        defer { disk.unmount() }
        let outcome = try workplace.edit("inpaint", "take.wav", "-o", "disk/out.wav", "--region", "1-1.5")
        #expect(outcome.status == 1)
        #expect(outcome.errors == "edit-cli: disk/out.wav: the disk is full; nothing was written\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
    }
}

/// A file system in memory that is full soon. Only the administrator may make one.
private struct SmallDisk {
    let path: String

    static let isPossible = {
        guard geteuid() == 0, let folder = try? TemporaryFolder(),
            let disk = try? SmallDisk(at: folder.file("disk"), kilobytes: 64)
        else { return false }
        disk.unmount()
        return true
    }()

    init(at url: URL, kilobytes: Int) throws {
        path = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        guard unsafe mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
    }

    func unmount() { _ = unsafe umount(path) }
}
