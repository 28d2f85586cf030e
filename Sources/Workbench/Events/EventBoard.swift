internal import Foundation

/// What happens in a session, told to all who look at it.
///
/// Events have numbers that grow; who comes back with the last number that he saw gets what came since, or the word that he has to look
/// at the whole session again.
actor EventBoard {
    struct Event: Sendable {
        let id: String
        let name: String
        let data: String

        /// The event as server-sent events have it.
        var text: String { "id: \(id)\nevent: \(name)\ndata: \(data)\n\n" }
    }

    private struct Log {
        var next = 1
        var events: [(number: Int, event: Event)] = []
        var listeners: [Int: AsyncStream<String>.Continuation] = [:]
    }

    /// Numbers of another run of the program mean nothing.
    private let run = String(Identifier.make().prefix(8))
    private var logs: [String: Log] = [:]
    private var nextListener = 0
    private var isClosed = false

    /// Events that are kept for who comes back.
    private static let kept = 200
    /// Events that wait for a slow reader, before he is asked to come back.
    private static let waiting = 64

    /// Tells an event. A fleeting one is not kept for who comes back.
    func tell(_ session: String, _ name: String, _ value: some Encodable & Sendable, isFleeting: Bool = false) {
        guard let data = try? JSON.text(value) else { return }
        var log = logs[session, default: Log()]
        let number = log.next
        let event = Event(id: "\(run)-\(number)", name: name, data: data)
        log.next += 1
        if !isFleeting {
            log.events.append((number, event))
            if log.events.count > Self.kept { log.events.removeFirst() }
        }
        for (key, listener) in log.listeners {
            if case .enqueued = listener.yield(event.text) { continue }
            listener.finish()
            log.listeners[key] = nil
        }
        logs[session] = log
    }

    /// Whether anybody looks at a session.
    func isWatched(_ session: String) -> Bool { !(logs[session]?.listeners.isEmpty ?? true) }

    /// The number of all that listen.
    var listeners: Int { logs.values.reduce(0) { $0 + $1.listeners.count } }

    /// Begins to listen.
    /// - Parameters:
    ///   - last: the number of the last event that the listener saw.
    /// - Returns: the events, and what ends them.
    func listen(_ session: String, after last: String?) -> (events: AsyncStream<String>, end: @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingOldest(Self.waiting + Self.kept))
        if isClosed {
            continuation.finish()
            return (stream, {})
        }
        var log = logs[session, default: Log()]
        nextListener += 1
        log.listeners[nextListener] = continuation
        logs[session] = log
        let parts = last?.split(separator: "-") ?? []
        let seen = parts.count == 2 && parts[0] == run ? Int(parts[1]) : nil
        let first = log.events.first?.number ?? log.next
        if let seen, seen + 1 >= first, seen < log.next {
            continuation.yield("retry: 1000\n\n")
            for (number, event) in log.events where number > seen { continuation.yield(event.text) }
        } else {
            continuation.yield("retry: 1000\nid: \(run)-\(log.next - 1)\nevent: reset\ndata: {}\n\n")
        }
        return (stream, { continuation.finish() })
    }

    /// Says to all listeners that the line is alive, and forgets those that have gone.
    func beat() {
        for (session, var log) in logs {
            for (key, listener) in log.listeners {
                if case .enqueued = listener.yield(": \n\n") { continue }
                listener.finish()
                log.listeners[key] = nil
            }
            logs[session] = log
        }
    }

    /// Forgets what was said of a session that is gone.
    func forget(_ session: String) {
        logs[session]?.listeners.values.forEach { $0.finish() }
        logs[session] = nil
    }

    /// Ends all streams: the program stops.
    func close() {
        isClosed = true
        for log in logs.values { log.listeners.values.forEach { $0.finish() } }
        logs = [:]
    }
}
