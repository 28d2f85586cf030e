internal import Dispatch
internal import Synchronization

/// Asynchronous work in a program without a loop of events.
enum Asynchronous {
    /// Waits for what is asynchronous.
    static func wait<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value {
        let result = Box<Value>()
        let isDone = DispatchSemaphore(value: 0)
        Task.detached {
            let value = await work()
            result.value.withLock { $0 = value }
            isDone.signal()
        }
        isDone.wait()
        guard let value = result.value.withLock(\.self) else { preconditionFailure("a task without a result") }
        return value
    }

    /// Waits for what is asynchronous and may fail.
    static func waitThrowing<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
        try wait { () async -> Result<Value, any Error> in
            do { return .success(try await work()) } catch { return .failure(error) }
        }.get()
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }
}
