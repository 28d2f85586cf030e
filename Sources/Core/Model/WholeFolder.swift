internal import Foundation

/// A folder that is written under another name beside its own, and gets its own name when it is complete, with a list of its files' hashes.
final class WholeFolder {
    private let folder: URL
    private let temporary: URL
    private var hashes: [String: String] = [:]

    /// - Throws: `unwritable` where there is something of that name, or the folder cannot be made.
    init(_ folder: URL) throws(CheckpointError) {
        self.folder = folder
        let name = folder.relativePath
        temporary = folder.deletingLastPathComponent().appending(
            path: ".\(folder.lastPathComponent).\(UUID().uuidString).part")
        if unsafe access(name, F_OK) == 0 {
            throw .unwritable(file: name, reason: "there is something of that name already")
        }
        do {
            try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: false)
        } catch {
            let parent = folder.deletingLastPathComponent().path(percentEncoded: false)
            let exists = FileManager.default.fileExists(atPath: parent)
            throw .unwritable(file: name, reason: exists ? error.localizedDescription : "there is no folder \(parent)")
        }
    }

    func has(_ path: String) -> Bool { hashes[path] != nil }

    /// Writes a file that is not there yet.
    func write(_ data: Data, to path: String) throws(CheckpointError) {
        var file = try HashedFile(place(of: path))
        try file.append(data)
        hashes[path] = try file.finish()
    }

    func write(_ tensors: [String: StoredTensor], to path: String) throws(CheckpointError) {
        hashes[path] = try SafetensorsWriter.write(stored: tensors, to: place(of: path))
    }

    /// Gives the folder its name.
    func finish() throws(CheckpointError) {
        try write(Data(ModelChecksums(hashes).text.utf8), to: ModelChecksums.file)
        guard unsafe rename(temporary.path(percentEncoded: false), folder.relativePath) == 0 else {
            throw .unwritable(file: folder.relativePath, reason: unsafe String(cString: strerror(errno)))
        }
    }

    func discard() { try? FileManager.default.removeItem(at: temporary) }

    private func place(of path: String) throws(CheckpointError) -> URL {
        let place = temporary.appending(path: path)
        do {
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw .unwritable(file: place.path(percentEncoded: false), reason: error.localizedDescription)
        }
        return place
    }
}

/// The SHA-256 of the files of a model's folder, as `sha256sum` writes and checks them: what `models convert` and `models pull` leave in it.
struct ModelChecksums: Sendable {
    /// The name of the list in the folder.
    static let file = "SHA256SUMS"
    /// 64 hexadecimal digits by path.
    let hashes: [String: String]

    init(_ hashes: [String: String]) { self.hashes = hashes }

    /// Reads the list of a folder; nil where there is none.
    init?(folder: URL) throws(CheckpointError) {
        let file = folder.appending(path: Self.file)
        let path = file.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw .unreadable(file: path, reason: "expected a file of UTF-8 text")
        }
        var hashes: [String: String] = [:]
        for (number, line) in text.split(separator: "\n").enumerated() {
            guard let match = line.wholeMatch(of: /([0-9a-fA-F]{64}) [ *](.+)/) else {
                throw .malformed(
                    file: path, key: nil,
                    reason: "line \(number + 1): expected a SHA-256, two spaces and a path, found \"\(line)\"")
            }
            hashes[String(match.2)] = match.1.lowercased()
        }
        self.hashes = hashes
    }

    var text: String { hashes.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined() }

    /// What of a folder is not as the list says, in words.
    func flaws(of folder: URL) -> [String] {
        hashes.sorted { $0.key < $1.key }.compactMap { path, expected in
            var hash = ContentHash()
            do {
                try hash.add(contentsOf: folder.appending(path: path))
            } catch {
                return "\(path) is in \(Self.file) and not in the folder"
            }
            return hash.text == expected ? nil : "\(path) is not what \(Self.file) says: it was changed or damaged"
        }
    }
}
