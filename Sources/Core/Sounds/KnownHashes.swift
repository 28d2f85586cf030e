public import Foundation

/// Hashes of models that were computed before, in a file of the user's own: gigabytes need not be read again for each edit.
///
/// A hash is believed as long as the system says that no file of the model was touched: their places on the disk, sizes, and times of
/// change, which no program can set. What cannot be read or written is as if it were not there.
public struct KnownHashes: Sendable {
    private let file: URL
    /// Seconds that a file has to be old: a clock that ticks slowly does not show a change right after another.
    private let age: Int

    /// As many models are remembered.
    private static let most = 64

    /// The hashes in a file, which is made when there is something to remember.
    public init(file: URL) { self.init(file: file, age: 2) }

    init(file: URL, age: Int) {
        self.file = file
        self.age = age
    }

    private struct Record: Codable {
        /// What the system said of the files.
        let state: String
        let sha256: String
        /// Seconds since 1970.
        let written: Int
    }

    /// The hash of a model's files, computed if they are not known as they are.
    func hash(of place: URL, files: [URL], _ compute: () throws -> String) rethrows -> String {
        guard let current = state(of: files) else { return try compute() }
        let name = place.path(percentEncoded: false)
        var records = (try? JSONDecoder().decode([String: Record].self, from: Data(contentsOf: file))) ?? [:]
        if let known = records[name], known.state == current { return known.sha256 }
        let hash = try compute()
        // Whoever wrote to them meanwhile is noticed.
        guard state(of: files) == current else { return hash }
        records[name] = Record(state: current, sha256: hash, written: Int(Date().timeIntervalSince1970))
        while records.count > Self.most, let oldest = records.min(by: { $0.value.written < $1.value.written }) {
            records[oldest.key] = nil
        }
        let folder = file.deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? JSONEncoder().encode(records).write(to: file, options: .atomic)
        return hash
    }

    /// What the system says of some files; nil where one is missing, or too new.
    private func state(of files: [URL]) -> String? {
        var hash = ContentHash()
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        for file in files {
            var facts = stat()
            guard unsafe stat(file.path(percentEncoded: false), &facts) == 0 else { return nil }
            guard facts.st_ctim.tv_sec < now.tv_sec - age, facts.st_mtim.tv_sec < now.tv_sec - age else { return nil }
            hash.add(
                Data(
                    """
                    \(facts.st_dev) \(facts.st_ino) \(facts.st_size) \(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec) \
                    \(facts.st_ctim.tv_sec).\(facts.st_ctim.tv_nsec) \(file.path(percentEncoded: false))

                    """.utf8))
        }
        return hash.text
    }
}
