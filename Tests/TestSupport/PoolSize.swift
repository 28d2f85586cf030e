internal import Core
internal import Foundation

/// The number of threads that the networks work with. It is the whole process's: tests that change it, or need it as it is, take turns.
public enum PoolSize {
    private static let turn = NSLock()

    /// What a body gives with each number of threads; then there are as many as before.
    public static func each<Result>(of counts: [Int], _ body: (_ threads: Int) throws -> Result) rethrows -> [Result] {
        try unchanged {
            let before = Parallel.threads
            defer { Parallel.threads = before }
            return try counts.map { threads in
                Parallel.threads = threads
                return try body(threads)
            }
        }
    }

    /// What a body gives while nobody changes the number.
    public static func unchanged<Result>(_ body: () throws -> Result) rethrows -> Result {
        try turn.withLock(body)
    }
}
