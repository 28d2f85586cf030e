internal import Core
internal import Foundation

/// What happens when the program is told to stop while it works.
enum Interruption {
    /// From now on Ctrl-C and its kin remove the temporary files and end the program with 128 + the signal's number,
    /// at once, wherever the work is: a single step of a large model may take longer than anybody waits.
    /// To be called before any thread is started.
    static func leaveNothingBehind() {
        // A script's background job starts with SIGINT ignored; whoever sends it still means it.
        signal(SIGINT, SIG_DFL)
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        let signals = set
        Thread.detachNewThread {
            var signals = signals
            var signal: Int32 = 0
            while unsafe sigwait(&signals, &signal) != 0 {}
            TemporaryFiles.removeAll()
            ProgressBar.clearLine()
            _exit(128 + signal)
        }
    }
}
