public import Foundation
internal import NIOCore

/// The download of a published model's folder. What has come stays when it is stopped, and the next download goes on from there; the folder
/// has its name only when every file is there with the size and the hash that the hub says.
public struct ModelDownload: Sendable {
    /// What the hub says that there is.
    public let listing: HubListing
    /// The folder that is written.
    public let folder: URL
    private let hub: Hub

    /// How far a download is.
    public struct Progress: Sendable, Equatable {
        /// The file that comes at the moment.
        public let file: String
        /// Bytes that are there, of all files.
        public let done: Int
        /// Bytes of all files.
        public let total: Int
    }

    /// How often a connection may break off without a byte having come.
    private static let tries = 5

    /// Asks a hub for a model.
    /// - Parameters:
    ///   - name: the model's name, `owner/model`.
    ///   - hub: where it is published.
    ///   - revision: a branch, a tag or a hash.
    ///   - folder: the folder to write; there may be nothing of that name yet.
    /// - Throws: `DownloadError`
    public init(_ name: String, from hub: Hub, revision: String = "main", to folder: URL) async throws {
        guard name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._-]*\/[A-Za-z0-9_][A-Za-z0-9._-]*/) != nil else {
            throw DownloadError.name(found: name)
        }
        self.hub = hub
        self.folder = folder
        guard unsafe access(folder.relativePath, F_OK) != 0 else {
            throw DownloadError.exists(folder: folder.relativePath)
        }
        let url = try hub.listing(name, revision: revision)
        listing = try await HubConnection.with { connection in
            let answer = try await connection.get(url)
            guard answer.status == 200 else {
                if [401, 403, 404].contains(answer.status) {
                    throw DownloadError.notThere(name: name, hub: hub.address, status: answer.status)
                }
                throw DownloadError.answer(url: url.absoluteString, reason: "the server answers \(answer.status)")
            }
            return try HubListing(await connection.bytes(answer, of: url), name: name, url: url.absoluteString)
        }
    }

    /// The folder in which files wait for each other.
    var partial: URL { folder.deletingLastPathComponent().appending(path: "\(folder.lastPathComponent).partial") }

    /// Downloads what is not there yet.
    /// - Parameters:
    ///   - acceptsLicence: whether the user has said that the licence is accepted.
    ///   - progress: told what has come.
    ///   - check: is given the folder before it gets its name; what it throws stops that.
    /// - Throws: `DownloadError`, and what `check` throws.
    public func run(
        acceptsLicence: Bool, progress: @escaping @Sendable (Progress) -> Void = { _ in },
        check: @Sendable (URL) throws -> Void = { _ in }
    ) async throws {
        guard acceptsLicence else {
            throw DownloadError.licence(name: listing.name, licence: listing.licence ?? "not stated at the hub")
        }
        let lock = try locked()
        defer {
            // By name: a process that is being started at this moment shares the descriptor until it runs its own program.
            flock(lock, LOCK_UN)
            close(lock)
        }
        try demandRoom()
        try await fetchAll(progress)
        try check(partial)
        guard unsafe access(folder.relativePath, F_OK) != 0 else {
            throw DownloadError.exists(folder: folder.relativePath)
        }
        guard unsafe rename(partial.relativePath, folder.relativePath) == 0 else { throw Self.unwritable(folder) }
    }

    /// Makes the partial folder, and keeps others from it as long as the descriptor is open.
    private func locked() throws(DownloadError) -> Int32 {
        do {
            try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(file: partial.relativePath, reason: error.localizedDescription)
        }
        let descriptor = unsafe open(partial.relativePath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unwritable(partial) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .busy(folder: folder.relativePath)
        }
        return descriptor
    }

    private func demandRoom() throws(DownloadError) {
        let there = listing.files.reduce(0) {
            $0 + min($1.size, size(of: place($1))) + min($1.size, size(of: part($1)))
        }
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: partial.relativePath)
        guard let free = (facts?[.systemFreeSize] as? NSNumber)?.intValue, free < listing.bytes - there else { return }
        throw .room(folder: folder.relativePath, needed: listing.bytes - there, free: free)
    }

    private func fetchAll(_ progress: @escaping @Sendable (Progress) -> Void) async throws {
        let total = listing.bytes
        let sums = try await HubConnection.with { connection in
            var (done, sums) = (0, "")
            for file in listing.files {
                let before = done
                let hash = try await fetch(file, over: connection) { come in
                    progress(Progress(file: file.path, done: before + come, total: total))
                }
                sums += "\(hash)  \(file.path)\n"
                done += file.size
            }
            return sums
        }
        do {
            try Data(sums.utf8).write(to: partial.appending(path: "SHA256SUMS"), options: .atomic)
        } catch {
            throw DownloadError.unwritable(file: partial.relativePath, reason: error.localizedDescription)
        }
    }

    // MARK: - One file

    private func place(_ file: HubListing.File) -> URL { partial.appending(path: file.path) }
    private func part(_ file: HubListing.File) -> URL { partial.appending(path: "\(file.path).part") }

    private func size(of url: URL) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: url.relativePath))?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// Brings a file to its place, from where an earlier try has left it.
    /// - Returns: its SHA-256.
    private func fetch(
        _ file: HubListing.File, over connection: HubConnection, _ come: (Int) -> Void
    ) async throws -> String {
        // 1. It may be there from before.
        if size(of: place(file)) == file.size, let found = try? file.hash.check(place(file), size: file.size),
            found.isRight
        {
            come(file.size)
            return found.sha256
        }
        try? FileManager.default.removeItem(at: place(file))
        try makeFolder(of: file)
        // 2. What has come before may be of another revision: then everything comes again, once.
        var isFresh = size(of: part(file)) == 0
        while true {
            try await complete(file, over: connection, come)
            let found = try file.hash.check(part(file), size: file.size)
            if found.isRight {
                guard unsafe rename(part(file).relativePath, place(file).relativePath) == 0 else {
                    throw Self.unwritable(place(file))
                }
                return found.sha256
            }
            try? FileManager.default.removeItem(at: part(file))
            if isFresh { throw DownloadError.hash(file: file.path) }
            isFresh = true
        }
    }

    private func makeFolder(of file: HubListing.File) throws(DownloadError) {
        do {
            try FileManager.default.createDirectory(
                at: place(file).deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw .unwritable(file: place(file).relativePath, reason: error.localizedDescription)
        }
    }

    /// Asks for what is missing of a file until nothing is.
    private func complete(
        _ file: HubListing.File, over connection: HubConnection, _ come: (Int) -> Void
    ) async throws {
        if size(of: part(file)) > file.size { try? FileManager.default.removeItem(at: part(file)) }
        var failures = 0
        while true {
            let before = size(of: part(file))
            if before == file.size, before > 0 || FileManager.default.fileExists(atPath: part(file).relativePath) {
                return
            }
            do {
                try await stream(file, from: before, over: connection, come)
                return
            } catch let error as DownloadError where error.isPassing {
                failures = size(of: part(file)) > before ? 0 : failures + 1
                if failures >= Self.tries { throw error }
                try await Task.sleep(for: .milliseconds(100 << failures))
            }
        }
    }

    private func stream(
        _ file: HubListing.File, from first: Int, over connection: HubConnection, _ come: (Int) -> Void
    ) async throws {
        let url = try hub.file(file.path, of: listing.name, revision: listing.revision)
        let answer = try await connection.get(url, from: first)
        // 1. From where the body goes on: a server may not know of parts.
        let start: Int
        switch answer.status {
        case 206 where answer.start == first: start = first
        case 200: start = 0
        case 416:
            try? FileManager.default.removeItem(at: part(file))
            throw DownloadError.broken(url: url.absoluteString, reason: "the server has no such part of it")
        case 429, 500...599:
            throw DownloadError.broken(url: url.absoluteString, reason: "the server answers \(answer.status)")
        default:
            throw DownloadError.answer(url: url.absoluteString, reason: "the server answers \(answer.status)")
        }
        if let length = answer.length, start + length != file.size {
            throw DownloadError.size(file: file.path, expected: file.size, found: start + length)
        }
        // 2. The body.
        let handle = try opened(part(file), at: start)
        defer { try? handle.close() }
        var position = start
        do {
            for try await buffer in answer.body {
                position += buffer.readableBytes
                guard position <= file.size else {
                    throw DownloadError.size(file: file.path, expected: file.size, found: position)
                }
                do {
                    try handle.write(contentsOf: Data(buffer.readableBytesView))
                } catch {
                    throw Self.unwritable(part(file))
                }
                come(position)
            }
        } catch let error as DownloadError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw DownloadError.broken(url: url.absoluteString, reason: HubConnection.words(error))
        }
        guard position == file.size else {
            throw DownloadError.broken(
                url: url.absoluteString, reason: "\(position) of \(file.size) bytes of \(file.path) have come")
        }
        try handle.synchronize()
    }

    private func opened(_ url: URL, at position: Int) throws(DownloadError) -> FileHandle {
        let path = url.relativePath
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        do {
            guard let handle = FileHandle(forWritingAtPath: path) else { throw Self.unwritable(url) }
            try handle.truncate(atOffset: UInt64(position))
            try handle.seek(toOffset: UInt64(position))
            return handle
        } catch let error as DownloadError {
            throw error
        } catch {
            throw .unwritable(file: path, reason: error.localizedDescription)
        }
    }

    private static func unwritable(_ url: URL) -> DownloadError {
        .unwritable(file: url.relativePath, reason: unsafe String(cString: strerror(errno)))
    }
}
