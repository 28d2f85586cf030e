public import Core
internal import Foundation

/// An edit that goes on by itself, and tells how far it has come.
///
///     for try await event in editor.run(request, from: file, to: destination) { ... }
///
/// The events come in order, those that nobody fetched in time being left out; the last one is `finished`. The edit works on a thread of
/// its own. It stops within a step, and leaves nothing, when the task that listens is cancelled, when `cancel` is called, or when the
/// session is let go of.
public final class EditSession: AsyncSequence, Sendable {
    /// Each element is an event of the edit.
    public typealias Element = EditEvent
    /// The iterator waits for the next event; it throws what the edit throws.
    public typealias AsyncIterator = AsyncThrowingStream<EditEvent, any Error>.AsyncIterator

    private let events: AsyncThrowingStream<EditEvent, any Error>
    private let task: Task<EditReport, any Error>

    /// Events that are kept for a listener who is late.
    private static let keptEvents = 32

    init(_ work: @escaping @Sendable (@escaping @Sendable (EditEvent) throws -> Void) throws -> EditReport) {
        let (events, continuation) = AsyncThrowingStream.makeStream(
            of: EditEvent.self, bufferingPolicy: .bufferingNewest(Self.keptEvents))
        let task = Task.detached(executorPreference: OwnThread()) {
            do {
                let report = try work { event in continuation.yield(event) }
                continuation.finish()
                return report
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        self.events = events
        self.task = task
    }

    deinit { task.cancel() }

    /// Starts reading the events. A session has one listener.
    public func makeAsyncIterator() -> AsyncIterator { events.makeAsyncIterator() }

    /// Stops the edit within a step; nothing is left at the destination.
    public func cancel() { task.cancel() }

    /// Waits until the edit has ended, whatever way; a cancelled one has left nothing behind then. Cancelling the task
    /// that waits stops the edit.
    /// - Throws: what the edit threw; `CancellationError` where it was stopped.
    public var report: EditReport {
        get async throws {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }
}

/// Runs a task on a thread of its own: an edit keeps a core busy for long, and must not keep it from other tasks.
final class OwnThread: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = unsafe asUnownedTaskExecutor()
        let thread = Thread { unsafe job.runSynchronously(on: executor) }
        thread.stackSize = 8 << 20
        thread.start()
    }
}

extension Editor {
    /// Starts an edit and returns at once.
    /// - Parameters:
    ///   - request: the edit.
    ///   - source: the sound to edit; nil for an edit that makes a sound from nothing.
    ///   - destination: where the result goes.
    /// - Returns: the running edit, whose events can be read; reading them throws what the edit throws.
    public func run(
        _ request: some EditRequest, from source: (any SoundSource)? = nil, to destination: any SoundDestination
    ) -> EditSession {
        EditSession { listener in
            try self.perform(request, from: source, to: destination, listener: listener)
        }
    }
}
