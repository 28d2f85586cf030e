internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore

/// Asks a hub for what it has. Redirections are followed by hand, so that none leads to where bytes could be changed on the way.
struct HubConnection: Sendable {
    private let client: HTTPClient
    private static let redirections = [301, 302, 303, 307, 308]
    private static let mostRedirections = 5

    /// Does some work with a connection, and closes it.
    static func with<Value: Sendable>(
        _ work: @Sendable (HubConnection) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(20), read: .seconds(60))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let value = try await work(HubConnection(client: client))
            try? await client.shutdown()
            return value
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// An answer with its body still to come.
    struct Answer {
        let status: Int
        /// Bytes of the body, if the server says so.
        let length: Int?
        /// The first byte of the file that the body holds, of a part of it.
        let start: Int?
        let body: HTTPClientResponse.Body
    }

    /// - Parameter first: the first byte that is wanted.
    /// - Throws: `broken` where there is no answer, `insecure`, `answer` for redirections without an end.
    func get(_ url: URL, from first: Int = 0) async throws(DownloadError) -> Answer {
        var place = url
        for _ in 0...Self.mostRedirections {
            var request = HTTPClientRequest(url: place.absoluteString)
            request.headers.add(name: "User-Agent", value: "retouch")
            if first > 0 { request.headers.add(name: "Range", value: "bytes=\(first)-") }
            let response: HTTPClientResponse
            do {
                response = try await client.execute(request, timeout: .hours(48))
            } catch {
                throw .broken(url: url.absoluteString, reason: Self.words(error))
            }
            let status = Int(response.status.code)
            guard Self.redirections.contains(status) else {
                let range = response.headers.first(name: "Content-Range")?.firstMatch(of: /bytes (\d+)-/)
                return Answer(
                    status: status, length: response.headers.first(name: "Content-Length").flatMap { Int($0) },
                    start: range.flatMap { Int($0.1) }, body: response.body)
            }
            guard let location = response.headers.first(name: "Location"),
                let next = URL(string: location, relativeTo: place)?.absoluteURL
            else { throw .answer(url: place.absoluteString, reason: "a redirection to nowhere") }
            guard Hub.isSafe(next), place.scheme == "http" || next.scheme == "https" else {
                throw .insecure(url: next.absoluteString)
            }
            place = next
        }
        throw .answer(url: url.absoluteString, reason: "more than \(Self.mostRedirections) redirections")
    }

    /// A whole small body.
    func bytes(_ answer: Answer, of url: URL) async throws(DownloadError) -> Data {
        do {
            return Data(try await answer.body.collect(upTo: 8 << 20).readableBytesView)
        } catch {
            throw .broken(url: url.absoluteString, reason: Self.words(error))
        }
    }

    /// What went wrong, in words without types.
    static func words(_ error: any Error) -> String {
        if let error = error as? HTTPClientError { return error.shortDescription }
        return "\(error)".split(separator: "\n").first.map { String($0.prefix(120)) } ?? "no answer"
    }
}
