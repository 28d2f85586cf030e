import Foundation
import TestSupport
import Testing

/// What must hold whatever breaks (docs/faults.md): the source and an old output are whole, and a job ends with one line.
@Suite(.serialized) struct FaultTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try workplace.makeSound("a.wav")
        try workplace.makeSound("own.wav")
        try workplace.makeSound("a.flac", .flac, channels: 2)
    }

    /// A job that replaces a file.
    struct Job: CustomTestStringConvertible, Sendable {
        let words: [String]
        let output: String

        init(_ line: String, _ output: String) {
            words = line.split(separator: " ").map(String.init)
            self.output = output
        }

        var testDescription: String { words.joined(separator: " ") }

        /// With the small model of the tests.
        var arguments: [String] {
            words + ["-o", output, "--force"]
                + (words[0] == "plot" ? [] : ["--quiet", "--steps", "10", "--model", Workplace.model])
        }
    }

    private static let jobs = [
        Job("inpaint a.wav --region 1-1.5", "out.wav"), Job("inpaint own.wav --region 1-1.5", "own.wav"),
        Job("inpaint a.flac --region 1-1.5", "out.flac"), Job("upsample a.wav", "high.flac"),
        Job("restyle a.wav --prompt rain", "rain.ogg"), Job("generate rain --duration 1", "new.wav"),
        Job("extend a.wav --after 0.5", "longer.wav"), Job("loop a.wav --seam 0.1", "loop.wav"),
        Job("plot a.wav", "picture.png"),
    ]

    /// Makes what the job is going to replace.
    private func prepare(_ job: Job) throws -> [UInt8] {
        if !job.words.contains(job.output) { try Data("an old file".utf8).write(to: workplace.url(job.output)) }
        return try workplace.bytes(job.output)
    }

    private func contents() throws -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: try workplace.folder.contents().map { ($0, try workplace.bytes($0)) })
    }

    /// Expects that a job has ended with one line and has left everything as it was.
    private func expectNothing(
        of outcome: Program.Outcome, saying words: String, since before: [String: [UInt8]], _ comment: String
    ) throws {
        #expect(outcome.status == 1, "\(comment)")
        let lines = outcome.errors.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.count == 2 && lines[0].hasPrefix("edit-cli: ") && lines[0].contains(words), "\(comment): \(lines)")
        let isSame = try contents() == before
        let names = try workplace.folder.contents()
        #expect(isSame, "\(comment): \(names)")
    }

    // MARK: Being killed

    /// `make faults` asks for many.
    private static let kills = Int(ProcessInfo.processInfo.environment["RETOUCH_KILLS"] ?? "") ?? 18

    /// At any moment there is the source, and the old output or the new one, whole; and at most one temporary file, which the next run
    /// takes away.
    @Test func aKilledJobLosesNothing() throws {
        var old: [[UInt8]] = []
        var new: [[UInt8]] = []
        var seconds: [Double] = []
        let sources = ["a.wav", "a.flac"]
        let sourceBytes = try sources.map(workplace.bytes)
        for job in Self.jobs {
            old.append(try prepare(job))
            let outcome = try Program.run(job.arguments, in: workplace.folder.url)
            #expect(outcome.status == 0, "\(job.testDescription): \(outcome.errors)")
            new.append(try workplace.bytes(job.output))
            seconds.append(outcome.seconds)
        }
        var random = TestRandom(seed: UInt64(Self.kills))
        var (early, late, left) = (0, 0, 0)
        for round in 0..<Self.kills {
            let number = round % Self.jobs.count
            let job = Self.jobs[number]
            try Data(old[number]).write(to: workplace.url(job.output))
            let moment = Double(random.next() + 1) / 2 * 1.1 * seconds[number]
            let outcome = try Program.run(job.arguments, in: workplace.folder.url) { process in
                Thread.sleep(forTimeInterval: moment)
                kill(process, SIGKILL)
            }
            #expect(outcome.status == -SIGKILL || outcome.status == 0)
            let found = try workplace.bytes(job.output)
            let (isOld, isNew) = (found == old[number], found == new[number])
            #expect(isOld || isNew, "\(job.testDescription) killed after \(moment) s")
            if isOld { early += 1 } else { late += 1 }
            let areSources = try sources.map(workplace.bytes) == sourceBytes
            #expect(areSources)
            let hidden = try workplace.folder.contents().filter { $0.hasPrefix(".") }
            let own = hidden.filter { $0.hasPrefix(".\(job.output).") && $0.hasSuffix(".part") }
            #expect(own.count <= 1, "\(hidden)")
            #expect(hidden.allSatisfy { name in Self.jobs.contains { name.hasPrefix(".\($0.output).") } })
            left += own.count
        }
        for (number, job) in Self.jobs.enumerated() {
            try Data(old[number]).write(to: workplace.url(job.output))
            let outcome = try Program.run(job.arguments, in: workplace.folder.url)
            let isNew = try workplace.bytes(job.output) == new[number]
            #expect(outcome.status == 0 && isNew)
        }
        #expect(try workplace.folder.contents().allSatisfy { !$0.hasPrefix(".") })
        print(
            "\(Self.kills) kills: the old file was there \(early) times, the new one \(late) times; "
                + "\(left) times there was a temporary file")
    }

    // MARK: Broken and full disks

    private static let compiler: String? = ["/usr/bin/clang", "/usr/bin/cc", "/usr/bin/gcc"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Whatever call meets a disk that has begun to fail.
    @Test(.enabled(if: compiler != nil), arguments: ["read", "write", "sync", "rename"])
    func aFailingDiskIsNamed(_ call: String) throws {
        let tools = try TemporaryFolder()
        let shim = tools.file("failing_disk.so").path
        let made = try Program.run(
            ["-shared", "-fPIC", "-O1", "-o", shim, Fixture.url("faults/failing_disk.c").path], in: tools.url,
            program: try #require(Self.compiler))
        try #require(made.status == 0, "\(made.errors)")
        var failures = 0
        for job in Self.jobs {
            let old = try prepare(job)
            let before = try contents()
            for number in [1, 2, 4, 9, 20, 60] {
                let outcome = try Program.run(
                    [
                        "LD_PRELOAD=\(shim)", "FAULT_FOLDER=\(workplace.folder.url.path)", "FAULT_CALL=\(call)",
                        "FAULT_NUMBER=\(number)", Program.path,
                    ] + job.arguments, in: workplace.folder.url, program: "/usr/bin/env")
                if outcome.status == 0 {
                    try Data(old).write(to: workplace.url(job.output))
                    break
                }
                failures += 1
                try expectNothing(
                    of: outcome, saying: "Input/output error", since: before,
                    "\(job.testDescription), \(call) \(number)")
            }
        }
        // Generating reads nothing here.
        #expect(failures >= Self.jobs.count - 1)
    }

    @Test(.enabled(if: SmallDisk.isPossible), arguments: jobs) func aFullDiskLeavesTheOldFile(_ job: Job) throws {
        let disk = try SmallDisk(at: workplace.url("disk"), kilobytes: 8)
        defer { disk.unmount() }
        try Data("an old file".utf8).write(to: workplace.url("disk/" + job.output))
        let outcome = try Program.run(
            job.arguments.map { $0 == job.output ? "disk/" + $0 : $0 }.map { $0 == "disk/own.wav" ? "own.wav" : $0 },
            in: workplace.folder.url)
        guard job.output != "own.wav" else { return #expect(outcome.status == 0) }
        #expect(outcome.status == 1)
        #expect(outcome.errors == "edit-cli: disk/\(job.output): the disk is full; nothing was written\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [job.output])
        #expect(try workplace.bytes("disk/" + job.output) == Array("an old file".utf8))
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func aDiskThatIsReadOnlyIsNamed() throws {
        let disk = try SmallDisk(at: workplace.url("disk"), kilobytes: 1024)
        defer { disk.unmount() }
        try Data("an old file".utf8).write(to: workplace.url("disk/out.wav"))
        try disk.makeReadOnly()
        let outcome = try Program.run(
            Job("inpaint a.wav --region 1-1.5", "disk/out.wav").arguments, in: workplace.folder.url)
        #expect(outcome.status == 1)
        #expect(outcome.errors == "edit-cli: disk/out.wav: cannot be written: Read-only file system\n")
        #expect(try workplace.bytes("disk/out.wav") == Array("an old file".utf8))
    }

    // MARK: Sources that change, and what is no file

    @Test(arguments: [true, false]) func aSourceThatSomebodyChangesIsRefused(grows: Bool) throws {
        let handle = try FileHandle(forUpdating: workplace.url("a.wav"))
        let before = try workplace.folder.contents()
        let outcome = try Program.run(
            ["restyle", "a.wav", "-o", "out.wav", "--prompt", "rain", "--steps", "200", "--model", Workplace.model],
            in: workplace.folder.url
        ) { _ in
            for _ in 0..<1000 where try workplace.folder.contents() == before { Thread.sleep(forTimeInterval: 0.01) }
            if grows {
                try handle.seekToEnd()
                try handle.write(contentsOf: Data(count: 1000))
            } else {
                try handle.truncate(atOffset: 1000)
            }
        }
        #expect(outcome.status == 1)
        #expect(
            outcome.errors == "edit-cli: a.wav: was changed by somebody else while it was read; nothing was written\n")
        #expect(try workplace.folder.contents() == before)
    }

    @Test func pipesAndDevicesAreNoSounds() throws {
        let pipe = workplace.url("pipe.wav").path
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        let isPipe = "pipe.wav: a sound file is expected, this is a folder, a pipe or a device"
        try workplace.expectFailure("info", "pipe.wav", message: isPipe)
        try workplace.expectFailure("upsample", "pipe.wav", "-o", "b.wav", message: isPipe)
        try workplace.expectFailure(
            "info", "/dev/full", message: "/dev/full: a sound file is expected, this is a folder, a pipe or a device")
        let job = Job("inpaint a.wav --region 1-1.5", "pipe.wav")
        let before = try workplace.folder.contents()
        let outcome = try Program.run(job.arguments, in: workplace.folder.url)
        #expect(outcome.status == 1)
        #expect(outcome.errors == "edit-cli: pipe.wav: cannot be written: it is not a file\n")
        #expect(try workplace.folder.contents() == before)
    }

    /// A model's folder in which a file is a pipe that nobody fills does not hang the program.
    @Test(arguments: ["model_index.json", "tokenizer/vocab.json", "tokenizer/merges.txt", "unet/config.json"])
    func aPipeInAModelIsRefused(_ name: String) throws {
        let model = workplace.url("model")
        try FileManager.default.copyItem(atPath: Workplace.model, toPath: model.path)
        try FileManager.default.removeItem(at: model.appending(path: name))
        #expect(unsafe mkfifo(model.appending(path: name).path, 0o600) == 0)
        let outcome = try Program.run(
            ["generate", "rain", "-o", "new.wav", "--duration", "0.5", "--model", "model"], in: workplace.folder.url)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("model/\(name): cannot be read: it is not a regular file"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    // MARK: Memory

    /// Kilobytes: what the bundled model needs, and ever less.
    @Test(arguments: [1_000_000, 600_000, 500_000, 400_000, 300_000, 200_000])
    func tooLittleMemoryEndsAJobWithALine(kilobytes: Int) throws {
        try workplace.makeSound("long.wav", rate: 48_000, channels: 2, seconds: 20)
        let before = try contents()
        for line in ["inpaint long.wav --region 5-6", "upsample long.wav --cutoff 8000", "generate rain --duration 4"] {
            let words = line.split(separator: " ").map(String.init)
            let outcome = try Program.run(
                ["-c", "ulimit -v \(kilobytes); exec \"$0\" \"$@\"", Program.path] + words
                    + ["-o", "out.wav", "--quiet", "--steps", "10"],
                in: workplace.folder.url, program: "/bin/sh")
            if outcome.status == 0 {
                try FileManager.default.removeItem(at: workplace.url("out.wav"))
            } else {
                try expectNothing(of: outcome, saying: "memory", since: before, "\(line) with \(kilobytes) KB")
            }
        }
    }
}
