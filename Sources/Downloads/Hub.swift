internal import Foundation

/// A server that publishes models, with the interface of Hugging Face's hub.
public struct Hub: Sendable, Equatable {
    /// Its address, without a slash at the end.
    public let address: String

    /// Where AudioLDM's authors publish.
    public static let standard = "https://huggingface.co"

    /// A hub at an address.
    /// - Throws: `DownloadError.hub` unless it is one with https; a server on this machine may do without.
    public init(_ address: String) throws(DownloadError) {
        let trimmed = String(address.reversed().drop { $0 == "/" }.reversed())
        guard let url = URL(string: trimmed), Self.isSafe(url), url.query == nil, url.fragment == nil else {
            throw .hub(found: address)
        }
        self.address = trimmed
    }

    /// Whether nobody on the way can read or change what is sent.
    static func isSafe(_ url: URL) -> Bool {
        guard let host = url.host(), !host.isEmpty else { return false }
        return url.scheme == "https" || url.scheme == "http" && ["127.0.0.1", "localhost", "::1"].contains(host)
    }

    /// Where the hub tells what a model has.
    func listing(_ name: String, revision: String) throws(DownloadError) -> URL {
        try url("api/models/\(name)/revision/\(revision)", query: "blobs=true")
    }

    /// Where a file of a model is.
    func file(_ path: String, of name: String, revision: String) throws(DownloadError) -> URL {
        try url("\(name)/resolve/\(revision)/\(path)", query: nil)
    }

    private func url(_ path: String, query: String?) throws(DownloadError) -> URL {
        let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
        guard let url = URL(string: "\(address)/\(escaped)\(query.map { "?\($0)" } ?? "")") else {
            throw .name(found: path)
        }
        return url
    }
}
