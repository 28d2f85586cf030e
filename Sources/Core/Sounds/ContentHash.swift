internal import Crypto
public import Foundation

/// The SHA-256 of some content, by which a source or a model is known again.
public struct ContentHash {
    private var hash = SHA256()

    /// The hash of some bytes, in 64 hexadecimal digits.
    public static func of(_ data: Data) -> String {
        var hash = ContentHash()
        hash.add(data)
        return hash.text
    }

    init() {}

    mutating func add(_ bytes: some DataProtocol) { hash.update(data: bytes) }

    /// Adds a whole file, block by block.
    /// - Throws: what reading the file throws.
    mutating func add(contentsOf url: URL) throws {
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        // Into one buffer: what asks for a new one each time says nothing true where memory runs out.
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe read(file.fileDescriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            if count == 0 { return }
            add(buffer[..<count])
        }
    }

    /// 64 hexadecimal digits.
    var text: String {
        hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Of all regular files in a folder and below: their paths, sizes and bytes, in the order of the paths. Hidden files and documents
    /// (`.md`) do not count.
    static func ofFolder(_ folder: URL, knownBy hashes: KnownHashes? = nil) throws -> String {
        let root = folder.resolvingSymlinksInPath().path(percentEncoded: false)
        let walk = FileManager.default.enumerator(atPath: root)
        var paths: [String] = []
        while let path = walk?.nextObject() as? String {
            let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
            if !isHidden, !path.hasSuffix(".md") { paths.append(path) }
        }
        var files: [(heading: String, url: URL)] = []
        for path in paths.sorted() {
            let url = URL(filePath: root).appending(path: path).resolvingSymlinksInPath()
            let facts = try FileManager.default.attributesOfItem(atPath: url.path(percentEncoded: false))
            guard facts[.type] as? FileAttributeType == .typeRegular else { continue }
            files.append(("\(path)\n\(facts[.size] as? Int ?? 0)\n", url))
        }
        return try ofFiles(files, at: URL(filePath: root), knownBy: hashes)
    }

    /// Of files, each after its heading.
    fileprivate static func ofFiles(
        _ files: [(heading: String, url: URL)], at place: URL, knownBy hashes: KnownHashes?
    ) throws -> String {
        func computed() throws -> String {
            var hash = ContentHash()
            for file in files {
                hash.add(Data(file.heading.utf8))
                try hash.add(contentsOf: file.url)
            }
            return hash.text
        }
        return try hashes?.hash(of: place, files: files.map(\.url), computed) ?? computed()
    }
}

extension Model {
    /// The SHA-256 of the model's content, of every configuration and weight in its folder, or of its file and the vocabulary
    /// beside it, as 64 hexadecimal digits.
    /// - Parameter hashes: hashes that need not be computed again; nil to read every byte.
    /// - Throws: what reading the files throws.
    public func contentHash(knownBy hashes: KnownHashes? = nil) throws -> String {
        switch files {
        case .folder(let folder): return try ContentHash.ofFolder(folder, knownBy: hashes)
        case .original(let checkpoint):
            let files = ([checkpoint.file] + Tokenizer.files.map { checkpoint.tokenizer.appending(path: $0) })
                .map { (heading: "", url: $0.resolvingSymlinksInPath()) }
            return try ContentHash.ofFiles(files, at: files[0].url, knownBy: hashes)
        }
    }
}
