import Foundation
import TestSupport

/// The built edit-cli, run as a process.
enum Program {
    struct Outcome {
        /// The exit status, or minus the signal that it died of.
        let status: Int32
        let output: String
        let errors: String
        let seconds: Double
        /// In bytes.
        let peakMemory: Int

        /// How often the report says that the network was run.
        var networkCalls: Int? {
            guard let match = output.firstMatch(of: /(\d+) runs? of the network/) else { return nil }
            return Int(match.1)
        }
    }

    /// Beside the program that runs the tests, as the package builds it.
    static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "edit-cli").path

    /// Runs the program in `folder` and waits for its end.
    /// - Parameter whileRunning: called with the process's number once it has started.
    static func run(
        _ arguments: String..., in folder: URL, whileRunning: (pid_t) throws -> Void = { _ in }
    ) throws -> Outcome {
        try run(arguments, in: folder, whileRunning: whileRunning)
    }

    /// - Parameters:
    ///   - errorPath: where standard error goes; nil to a file that is read for the outcome.
    ///   - ignored: a signal that the program finds ignored, as `nohup` does.
    static func run(
        _ arguments: [String], in folder: URL, program: String = path, errorPath: String? = nil,
        ignoring ignored: Int32? = nil,
        whileRunning: (pid_t) throws -> Void = { _ in }
    ) throws -> Outcome {
        let records = try TemporaryFolder()
        let (output, errors) = (records.file("output"), records.file("errors"))
        let start = ContinuousClock.now
        let process = try spawn(
            program, arguments, in: folder, output: output.path, errors: errorPath ?? errors.path, ignoring: ignored)
        var status: Int32 = 0
        var usage = rusage()
        do {
            try whileRunning(process)
        } catch {
            kill(process, SIGKILL)
            unsafe wait4(process, &status, 0, nil)
            throw error
        }
        while unsafe wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
        // The low seven bits are the signal, the next eight the exit status.
        return Outcome(
            status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F),
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: errorPath == nil ? String(decoding: try Data(contentsOf: errors), as: UTF8.self) : "",
            seconds: (ContinuousClock.now - start) / .seconds(1),
            peakMemory: usage.ru_maxrss * 1024)
    }

    private static func spawn(
        _ program: String, _ arguments: [String], in folder: URL, output: String, errors: String,
        ignoring ignored: Int32?
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        let mode = O_WRONLY | O_CREAT | O_TRUNC
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, mode, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, mode, 0o600)
        // With no signal blocked and none ignored, as a shell starts it, whatever the tests' own threads have.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // It changes the folder and becomes the program.
        let env = "/usr/bin/env"
        let ignoring = ignored.map { ["--ignore-signal=\($0)"] } ?? []
        var words =
            unsafe ([env] + ignoring + ["-C", folder.path, program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let failure = unsafe posix_spawn(&process, env, &actions, &attributes, &words, environ)
        if failure != 0 { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EINVAL) }
        return process
    }
}
