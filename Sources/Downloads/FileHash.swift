internal import Crypto
internal import Foundation

/// The hash by which a hub names a file's content: of a large one its SHA-256, of a small one that of git's blob.
enum FileHash: Sendable, Equatable {
    case sha256(String)
    case blob(String)

    /// - Returns: nil where neither is a hash.
    init?(sha256: String?, blob: String?) {
        if let sha256 {
            guard HubListing.isHexadecimal(sha256, 64) else { return nil }
            self = .sha256(sha256.lowercased())
        } else if let blob, HubListing.isHexadecimal(blob, 40) {
            self = .blob(blob.lowercased())
        } else {
            return nil
        }
    }

    /// Whether a file has this content, and its SHA-256.
    /// - Throws: what reading the file throws.
    func check(_ file: URL, size: Int) throws -> (isRight: Bool, sha256: String) {
        var sha256 = SHA256()
        // git hashes a blob with its kind and its length.
        var sha1 = Insecure.SHA1()
        sha1.update(data: Data("blob \(size)\0".utf8))
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        while let block = try handle.read(upToCount: 1 << 20), !block.isEmpty {
            sha256.update(data: block)
            if case .blob = self { sha1.update(data: block) }
        }
        let whole = Self.text(sha256.finalize())
        return switch self {
        case .sha256(let expected): (whole == expected, whole)
        case .blob(let expected): (Self.text(sha1.finalize()) == expected, whole)
        }
    }

    static func text(_ digest: some Sequence<UInt8>) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
