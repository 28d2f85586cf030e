internal import Crypto
public import Foundation

/// A folder as a hub publishes it.
public struct PublishedFolder: Sendable {
    /// The content of each file by its path.
    public var files: [String: [UInt8]] = [:]
    /// What the list says of a file, if that is not the truth.
    public var lies: [String: [UInt8]] = [:]
    /// The model's licence; nil where its card says none.
    public var licence: String? = "cc-by-nc-sa-4.0"
    /// The name at the hub.
    public let name: String
    /// The hash of the revision.
    public static let revision = String(repeating: "0123456789abcdef", count: 3).prefix(40)

    /// Publishes all files of a folder.
    public init(_ folder: URL, as name: String) throws {
        self.name = name
        let root = folder.resolvingSymlinksInPath().path
        let walk = FileManager.default.enumerator(atPath: root)
        while let path = walk?.nextObject() as? String {
            let url = URL(fileURLWithPath: root).appending(path: path)
            guard (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true else { continue }
            files[path] = [UInt8](try Data(contentsOf: url))
        }
    }

    /// The hub's description: large files have a SHA-256, small ones git's hash.
    public var listing: [UInt8] {
        let siblings = files.keys.sorted().map { path -> [String: Any] in
            let bytes = lies[path] ?? files[path] ?? []
            func text(_ digest: some Sequence<UInt8>) -> String { digest.map { String(format: "%02x", $0) }.joined() }
            var entry: [String: Any] = ["rfilename": path, "size": bytes.count]
            entry["blobId"] = text(Insecure.SHA1.hash(data: Data("blob \(bytes.count)\0".utf8) + Data(bytes)))
            if path.hasSuffix(".safetensors") {
                entry["lfs"] = [
                    "sha256": text(SHA256.hash(data: Data(bytes))), "size": bytes.count, "pointerSize": 134,
                ]
            }
            return entry
        }
        var answer: [String: Any] = ["id": name, "sha": String(Self.revision), "siblings": siblings]
        if let licence { answer["cardData"] = ["license": licence] }
        return [UInt8]((try? JSONSerialization.data(withJSONObject: answer)) ?? Data())
    }

    /// The right answer to a request.
    public func response(to request: HubServer.Request) -> HubServer.Response {
        if request.path.hasPrefix("/api/models/\(name)/revision/") { return HubServer.Response(200, listing) }
        let prefix = "/\(name)/resolve/\(Self.revision)/"
        guard request.path.hasPrefix(prefix), let bytes = files[String(request.path.dropFirst(prefix.count))] else {
            return HubServer.Response(404)
        }
        guard request.first > 0 else { return HubServer.Response(200, bytes) }
        guard request.first < bytes.count else { return HubServer.Response(416) }
        return HubServer.Response(
            206, Array(bytes[request.first...]),
            ["Content-Range": "bytes \(request.first)-\(bytes.count - 1)/\(bytes.count)"])
    }
}
