import Core
import Editing
import Foundation
import FoundationNetworking
import TestSupport
import Testing

@testable import Workbench

/// A workbench that is served on a free port, with a store of its own and the small model of the tests.
final class Site: Sendable {
    let folder: TemporaryFolder
    let workbench: Workbench
    let port: Int
    private let task: Task<Void, any Error>

    init(_ change: (inout WorkbenchSettings) -> Void = { _ in }) async throws {
        folder = try TemporaryFolder()
        let editor = try Editor(model: Fixture.url("default-like"))
        var settings = WorkbenchSettings(port: 0, store: folder.file("store"))
        change(&settings)
        let workbench = try Workbench(settings, editor)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        task = Task {
            defer { continuation.finish() }
            try await workbench.run { continuation.yield($0) }
        }
        self.workbench = workbench
        var iterator = ports.makeAsyncIterator()
        port = try #require(await iterator.next())
    }

    func stop() async {
        task.cancel()
        _ = try? await task.value
    }

    struct Answer {
        let status: Int
        let headers: [String: String]
        let data: Data

        func json() throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: data)
            return try #require(object as? [String: Any])
        }

        var message: String? { (try? json()["error"] as? [String: Any])?["message"] as? String }
    }

    func ask(
        _ method: String, _ path: String, _ body: Data? = nil, _ headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let session = URLSession(configuration: .ephemeral, delegate: NoRedirects(), delegateQueue: nil)
        let (data, response) = try await session.data(for: request)
        let found = try #require(response as? HTTPURLResponse)
        var fields: [String: String] = [:]
        for (name, value) in found.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: found.statusCode, headers: fields, data: data)
    }

    func ask(_ method: String, _ path: String, json: String) async throws -> Answer {
        try await ask(method, path, Data(json.utf8), ["Content-Type": "application/json"])
    }

    /// A request as bytes, for what no client sends; gives what comes back first. It waits on a thread of its own: the server needs
    /// those of the tasks.
    func raw(_ text: String) async -> String {
        await withCheckedContinuation { continuation in
            let port = port
            Thread.detachNewThread { continuation.resume(returning: Self.raw(text, port)) }
        }
    }

    private static func raw(_ text: String, _ port: Int) -> String {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var limit = timeval(tv_sec: 300, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(socket, $0, size) }
        }
        guard connected == 0 else { return "no connection" }
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(socket, $0.baseAddress, $0.count) }
        var found = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(socket, &found, found.count)
        return String(decoding: found.prefix(max(0, count)), as: UTF8.self)
    }

    /// Writes a sound of tones and noise: silent between two frames where that is asked for.
    func sound(_ name: String, seconds: Double = 3, channels: Int = 1, silent: Range<Int>? = nil) throws -> URL {
        var random = TestRandom(seed: 5)
        let rate = 16_000
        let samples = (0..<channels).map { channel in
            (0..<Int(seconds * Double(rate))).map { index -> Float in
                let tone = 0.2 * sin(2 * .pi * 220 * Float(channel + 1) * Float(index) / Float(rate))
                return silent?.contains(index) == true ? 0 : tone + 0.1 * random.next()
            }
        }
        let format = AudioFormat(container: .wav, encoding: .pcm16, rate: rate, channels: channels)
        let writer = try AudioWriter(folder.file(name), format: format, overwrite: true)
        try writer.write(samples)
        _ = try writer.finish()
        return folder.file(name)
    }

    /// Opens a sound; gives the session's identifier and its version's.
    func open(_ url: URL) async throws -> (session: String, version: String) {
        let name = url.lastPathComponent
        let answer = try await ask("POST", "/api/uploads?name=\(name)", Data(contentsOf: url))
        #expect(answer.status == 201)
        let session = try answer.json()
        let id = try #require(session["id"] as? String)
        return (id, try #require(session["head"] as? String))
    }

    /// Asks for an edit and waits for its end; gives the job as it is then.
    func edit(_ session: String, _ json: String) async throws -> [String: Any] {
        let asked = try await ask("POST", "/api/sessions/\(session)/jobs", json: json)
        #expect(asked.status == 202, "\(asked.message ?? "")")
        let jobs = try JSONSerialization.jsonObject(with: asked.data) as? [[String: Any]]
        let id = try #require(jobs?.first?["id"] as? String)
        for _ in 0..<600 {
            let job = try await ask("GET", "/api/jobs/\(id)").json()
            let state = job["state"] as? String
            if state != "queued", state != "running" { return job }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("the edit did not end in a minute")
        return [:]
    }
}

private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) { completionHandler(nil) }
}
