import Foundation
import Testing

/// What happens while the program runs: being stopped, threads, memory, what it prints.
@Suite struct RunningTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    /// So many steps would take minutes.
    private let longJob = [
        "restyle", "long.wav", "-o", "out.wav", "--prompt", "rain", "--steps", "1000", "--model", Workplace.model,
    ]

    /// Whatever thread the signal meets, the program ends by itself and does not die of it.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGBUS])
    func beingToldToStopLeavesNothing(signal: Int32) throws {
        try workplace.makeSound("long.wav", rate: 48_000, channels: 2, seconds: 30)
        var stopped = ContinuousClock.now
        let outcome = try Program.run(longJob, in: workplace.folder.url) { process in
            try waitUntil { try workplace.folder.contents().count > 1 }
            Thread.sleep(forTimeInterval: 0.2)
            stopped = .now
            kill(process, signal)
        }
        #expect(ContinuousClock.now - stopped < .seconds(1))
        #expect(outcome.status == 128 + signal)
        #expect(outcome.output == "")
        #expect(outcome.errors.split(separator: "\n").count == ([SIGXCPU, SIGBUS].contains(signal) ? 1 : 0))
        #expect(try workplace.folder.contents() == ["long.wav"])
    }

    @Test func aLimitOnTheSizeOfFilesIsNamed() throws {
        try workplace.makeSound("a.wav")
        let outcome = try Program.run(
            ["-c", "ulimit -f 20; exec \"$0\" \"$@\"", Program.path, "inpaint", "a.wav", "-o", "out.wav"]
                + ["--region", "1-1.5", "--model", Workplace.model],
            in: workplace.folder.url, program: "/bin/sh")
        #expect(outcome.status == 128 + SIGXFSZ)
        #expect(outcome.errors.hasPrefix("edit-cli: stopped: a file grew beyond the allowed size"))
        #expect(try workplace.folder.contents() == ["a.wav"])
    }

    @Test func aTerminalThatHangsUpDoesNotStopAJobUnderNohup() throws {
        try workplace.makeSound("a.wav")
        let outcome = try Program.run(
            ["inpaint", "a.wav", "-o", "out.wav", "--region", "1-1.5", "--prompt", "rain", "--steps", "40"]
                + ["--model", Workplace.model],
            in: workplace.folder.url, ignoring: SIGHUP
        ) { process in
            try waitUntil { try workplace.folder.contents().count > 1 }
            kill(process, SIGHUP)
        }
        #expect(outcome.status == 0)
        #expect(try workplace.folder.contents() == ["a.wav", "out.wav"])
    }

    @Test func aStandardErrorThatTakesNothingStopsNothing() throws {
        let outcome = try Program.run(["info", "nothing.wav"], in: workplace.folder.url, errorPath: "/dev/full")
        #expect(outcome.status == 1)
    }

    @Test func aStandardOutputThatTakesNothingIsNamed() throws {
        try workplace.makeSound("a.wav")
        let outcome = try Program.run(
            ["-c", "\"$0\" info a.wav >/dev/full", Program.path], in: workplace.folder.url, program: "/bin/sh")
        #expect(outcome.status == 1)
        #expect(outcome.errors == "edit-cli: standard output cannot be written: No space left on device\n")
    }

    /// What a killed program leaves goes with the next run that writes the same file; what another one has open stays.
    @Test func aKilledProgramsTemporaryFileGoesWithTheNextRun() throws {
        try workplace.makeSound("long.wav", rate: 48_000, channels: 2, seconds: 30)
        let outcome = try Program.run(longJob, in: workplace.folder.url) { process in
            try waitUntil { try workplace.folder.contents().count > 1 }
            kill(process, SIGKILL)
        }
        #expect(outcome.status == -SIGKILL)
        #expect(try workplace.folder.contents().count == 2)
        let again = try Program.run(longJob, in: workplace.folder.url) { process in
            let left = try workplace.folder.contents()
            try waitUntil { try workplace.folder.contents() != left }
            try waitUntil { try workplace.folder.contents().count == 2 }
            let other = try Program.run(longJob, in: workplace.folder.url) { other in
                try waitUntil { try workplace.folder.contents().count == 3 }
                kill(other, SIGTERM)
            }
            #expect(other.status == 128 + SIGTERM)
            #expect(try workplace.folder.contents().count == 2)
            kill(process, SIGTERM)
        }
        #expect(again.status == 128 + SIGTERM)
        #expect(try workplace.folder.contents() == ["long.wav"])
    }

    /// Waits, half a minute at most.
    private func waitUntil(_ condition: () throws -> Bool) throws {
        for _ in 0..<3000 {
            if try condition() { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        Issue.record("nothing happened in 30 s")
    }

    @Test(
        arguments: [
            ["inpaint", "a.wav", "--region", "1-1.5"], ["upsample", "a.wav"],
            ["restyle", "a.wav", "--prompt", "rain", "--strength", "0.7"], ["generate", "rain", "--duration", "2"],
        ])
    func theBytesDoNotDependOnTheThreads(job: [String]) throws {
        try workplace.makeSound("a.wav", channels: 2)
        var files: [[UInt8]] = []
        for threads in ["1", "2", "3"] {
            let outcome = try Program.run(
                job + ["-o", "\(threads).wav", "--threads", threads, "--steps", "10", "--model", Workplace.model],
                in: workplace.folder.url)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.networkCalls ?? 0 > 0)
            files.append(try workplace.bytes("\(threads).wav"))
        }
        #expect(files[0] == files[1] && files[1] == files[2])
    }

    @Test func anotherSeedGivesAnotherSound() throws {
        for (name, seed) in [("a.wav", "1"), ("b.wav", "1"), ("c.wav", "2")] {
            let outcome = try workplace.edit("generate", "rain", "-o", name, "--duration", "1", "--seed", seed)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try workplace.bytes("a.wav") == workplace.bytes("b.wav"))
        #expect(try workplace.bytes("a.wav") != workplace.bytes("c.wav"))
    }

    @Test func nothingIsPrintedWhereItIsNotWanted() throws {
        try workplace.makeSound("a.wav")
        let quiet = try workplace.edit("inpaint", "a.wav", "-o", "b.wav", "--region", "1-1.5", "--quiet")
        #expect(quiet.status == 0 && quiet.output == "" && quiet.errors == "")
        // No progress on what is no terminal, and a report.
        let piped = try workplace.edit("inpaint", "a.wav", "-o", "c.wav", "--region", "1-1.5")
        #expect(piped.status == 0 && piped.errors == "")
        #expect(piped.output.hasPrefix("c.wav: WAV, 16-bit PCM, 16000 Hz, mono, 3.000 s\nregion 1-1.5: "))
        #expect(piped.output.split(separator: "\n").last?.hasPrefix("took ") == true)
    }

    @Test func aTerminalShowsTheProgress() throws {
        try workplace.makeSound("a.wav")
        let line = "'\(Program.path)' inpaint a.wav -o b.wav --region 1-1.5 --steps 50 --model '\(Workplace.model)'"
        let outcome = try Program.run(
            ["-qec", line, "/dev/null"], in: workplace.folder.url, program: "/usr/bin/script")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("inpaint ["))
        #expect(outcome.output.contains("left"))
        #expect(outcome.output.contains("b.wav: WAV, 16-bit PCM"))
    }

    /// A sound of three hours with holes for silence takes no room on the disk and little time to copy.
    @Test func aLongFileNeedsNoMoreMemoryThanAShortOne() throws {
        let rate = 16_000
        try workplace.makeSound("short.wav", rate: rate, seconds: 12)
        let header = Array(try workplace.bytes("short.wav").prefix(44))
        let frames = 3 * 3600 * rate
        func littleEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let sound = try workplace.bytes("short.wav").dropFirst(44)
        let size = 2 * frames
        let file = try FileHandle(forWritingTo: create("long.wav"))
        try file.write(contentsOf: header[..<4] + littleEndian(36 + size) + header[8..<40] + littleEndian(size))
        // Two and a half hours in there is something to go by.
        try file.seek(toOffset: UInt64(44 + 2 * 9000 * rate))
        try file.write(contentsOf: Data(sound))
        try file.truncate(atOffset: UInt64(44 + size))
        try file.close()

        let short = try workplace.edit("inpaint", "short.wav", "-o", "a.wav", "--region", "6-6.5")
        #expect(short.status == 0, "\(short.errors)")
        let long = try workplace.edit("inpaint", "long.wav", "-o", "b.wav", "--region", "2:30:06-2:30:06.5")
        #expect(long.status == 0, "\(long.errors)")
        #expect(long.peakMemory < short.peakMemory + 30_000_000)
        #expect(long.seconds < short.seconds + 60)
        let found = try FileManager.default.attributesOfItem(atPath: workplace.url("b.wav").path)[.size] as? Int
        // What it says of the part that was made takes some bytes.
        #expect((44 + size..<44 + size + 1000).contains(try #require(found)))
    }

    /// What is made is held only in part: five minutes more of it took 350 MB before.
    @Test func aLongExtensionNeedsLittleMoreMemoryThanAShortOne() throws {
        try workplace.makeSound("a.wav", rate: 16_000, seconds: 12)
        let peaks = try ["20", "320"].map { seconds in
            let outcome = try workplace.edit("extend", "a.wav", "-o", "\(seconds).wav", "--after", seconds)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome.peakMemory
        }
        #expect(peaks[1] < peaks[0] + 120_000_000, "\(peaks)")
    }

    private func create(_ name: String) throws -> URL {
        try Data().write(to: workplace.url(name))
        return workplace.url(name)
    }
}
