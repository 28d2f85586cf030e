internal import Core
internal import Editing
internal import Foundation
internal import GRDB

/// Everything that the routes work with.
struct Desk: Sendable {
    let settings: WorkbenchSettings
    let editor: Editor
    let store: Store
    let board: EventBoard
    let queue: JobQueue
    let shelf: SoundShelf
    let folder: SoundFolder
    let uploads = Uploads()

    init(_ settings: WorkbenchSettings, _ editor: Editor) throws {
        self.settings = settings
        self.editor = editor
        let store = try Store(settings.store)
        let board = EventBoard()
        let shelf = SoundShelf(store)
        self.store = store
        self.board = board
        self.shelf = shelf
        folder = SoundFolder(settings.folder)
        queue = JobQueue(store, board, editor, settings) { version in
            let parent: Version? = if let id = version.parent { try? await store.version(id) } else { nil }
            await board.tell(
                version.session, "version", VersionDocument(version, store, settings, parent: parent))
            Self.prepare(version, shelf, board)
        }
    }

    /// Makes the outline of a new sound while nobody waits for it, and says when it is there.
    static func prepare(_ version: Version, _ shelf: SoundShelf, _ board: EventBoard) {
        struct Ready: Encodable { let version: String }
        Task {
            if await shelf.prepare(version) {
                await board.tell(version.session, "outline", Ready(version: version.id))
            }
        }
    }

    func document(_ version: Version) async throws -> VersionDocument {
        let parent: Version? = if let id = version.parent { try? await store.version(id) } else { nil }
        return VersionDocument(version, store, settings, parent: parent)
    }

    func document(_ session: Session) async throws -> SessionDocument {
        let versions = try await store.versions(of: session.id)
        let byID = Dictionary(uniqueKeysWithValues: versions.map { ($0.id, $0) })
        var jobs: [JobDocument] = []
        for job in try await store.jobs(of: session.id) where !job.state.hasEnded || job.ended ?? 0 > Store.now - 86_400
        {
            jobs.append(await queue.document(job))
        }
        let summary = SessionSummary(session, daysKept: settings.daysKept)
        return SessionDocument(
            id: session.id, name: session.name, created: session.created, used: session.used,
            expires: summary.expires, head: session.head,
            marks: try JSON.read([Mark].self, from: Data(session.marks.utf8)),
            versions: versions.map { VersionDocument($0, store, settings, parent: $0.parent.flatMap { byID[$0] }) },
            jobs: jobs)
    }

    /// Takes a sound that lies in the store's folder of uploads, and opens a session with it.
    func open(_ upload: String, named name: String, for client: String) async throws -> Session {
        let name = SoundName.safe(name)
        let format = SoundFormats.format(ofName: name)
        let (id, session) = (Identifier.make(), Identifier.make())
        let (from, to) = (store.upload(upload), store.sound(id, format))
        let version: Version
        do {
            version = try await Offload.run {
                try FileManager.default.moveItem(at: from, to: to)
                return try Version(opened: id, in: session, at: to, format: format, title: name)
            }
        } catch {
            try? FileManager.default.removeItem(at: from)
            try? FileManager.default.removeItem(at: to)
            throw Refusal.invalid(
                JobQueue.words(for: error, replacing: [(to.path(percentEncoded: false), name)]))
        }
        let record = Session(
            id: session, name: name, client: client, created: version.created, used: version.created, head: id,
            marks: version.cues)
        try await store.write { db in
            try record.insert(db)
            try version.insert(db)
        }
        Self.prepare(version, shelf, board)
        return record
    }

    /// Refuses a sound of so many bytes that there is no room for, after old sessions have made some.
    func makeRoom(for bytes: Int) async throws {
        guard bytes <= settings.uploadLimit else {
            throw Refusal(
                status: 413, message: "the sound has \(bytes) bytes; \(settings.uploadLimit) are taken at most")
        }
        let store = store
        let used = try await Offload.run { store.bytesUsed }
        if used + bytes > settings.diskLimit {
            try await removeOld(toFree: used + bytes - settings.diskLimit)
            guard try await Offload.run({ store.bytesUsed }) + bytes <= settings.diskLimit else {
                throw Refusal(
                    status: 507, message: "the sounds here take all the room there is; remove a session first")
            }
        }
    }

    /// Removes a session with everything in it.
    func remove(_ session: String) async throws {
        try await queue.cancelAll(of: session)
        let versions = try await store.versions(of: session)
        try await store.remove(session)
        await shelf.forget(versions)
        await board.forget(session)
    }

    /// Removes sessions that nobody used for long; and, where bytes are wanted, those of the last day's before, the oldest first.
    func removeOld(toFree wanted: Int = 0) async throws {
        var wanted = wanted
        let now = Store.now
        let sessions = try await store.read { try Session.order(Column("used")).fetchAll($0) }
        for session in sessions {
            let age = now - session.used
            guard age > 86_400 * settings.daysKept || wanted > 0 && age > 86_400 else { continue }
            wanted -= try await store.versions(of: session.id).reduce(0) { $0 + $1.bytes }
            try await remove(session.id)
        }
    }
}

extension Version {
    /// A sound that somebody opened.
    init(opened id: String, in session: String, at url: URL, format: String, title: String) throws {
        let file = try AudioFile(url)
        self.init(
            id: id, session: session, parent: nil, name: nil, title: title, format: format, request: nil, asked: nil,
            report: nil, take: nil, rate: file.rate, channels: file.channels, frames: file.frames,
            encoding: "\(file.format.container), \(file.format.encoding)",
            bytes: try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0, created: Store.now,
            cues: try JSON.text(Mark.cues(of: file)))
    }
}

/// Counts the uploads of each client.
actor Uploads {
    private var counts: [String: Int] = [:]
    private static let ofClient = 4
    private static let all = 32

    func begin(_ client: String) throws {
        guard counts[client, default: 0] < Self.ofClient, counts.values.reduce(0, +) < Self.all else {
            throw Refusal(status: 429, message: "too many sounds are being sent at once; wait until one is here")
        }
        counts[client, default: 0] += 1
    }

    func end(_ client: String) {
        counts[client, default: 1] -= 1
        if counts[client] == 0 { counts[client] = nil }
    }
}

/// The sounds of the folder that the program was started with. Requests name them by numbers of ours, never by a path.
actor SoundFolder {
    struct Entry: Codable, Sendable {
        let id: String
        let name: String
        let bytes: Int
    }

    private let folder: URL?
    private var ids: [String: String] = [:]
    private static let most = 2000

    init(_ folder: URL?) { self.folder = folder?.resolvingSymlinksInPath() }

    /// What is in the folder now, in the order of the names.
    func entries() -> [Entry] {
        guard let folder else { return [] }
        let keys: Set<URLResourceKey> = [.fileSizeKey, .isRegularFileKey]
        let walk = FileManager.default.enumerator(
            at: folder, includingPropertiesForKeys: Array(keys), options: [.skipsHiddenFiles])
        var found: [Entry] = []
        while let url = walk?.nextObject() as? URL, found.count < Self.most {
            if (walk?.level ?? 0) > 4 { walk?.skipDescendants() }
            guard SoundFormats.isSound(url), let values = try? url.resourceValues(forKeys: keys),
                values.isRegularFile == true
            else { continue }
            let name = String(url.path(percentEncoded: false).dropFirst(folder.path(percentEncoded: false).count))
                .trimmingCharacters(in: CharacterSet(charactersIn: "/"))
            let id = ids[name] ?? Identifier.make()
            ids[name] = id
            found.append(Entry(id: id, name: name, bytes: values.fileSize ?? 0))
        }
        return found.sorted { $0.name < $1.name }
    }

    /// The place of an entry's file.
    func url(_ id: String) -> URL? {
        guard let folder, let name = ids.first(where: { $0.value == id })?.key else { return nil }
        return folder.appending(path: name)
    }
}
