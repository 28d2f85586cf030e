internal import Foundation
internal import GRDB

/// The database of sessions, versions, jobs and ratings, and the folder of their sounds.
struct Store: Sendable {
    let folder: URL
    private let database: DatabasePool

    /// Opens the folder, or makes it.
    init(_ folder: URL) throws {
        self.folder = folder
        for name in ["sounds", "peaks", "uploads"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        database = try DatabasePool(path: folder.appending(path: "workbench.sqlite").path(percentEncoded: false))
        try Self.migrator.migrate(database)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE session (id TEXT PRIMARY KEY, name TEXT NOT NULL, client TEXT NOT NULL,
                        created REAL NOT NULL, used REAL NOT NULL, head TEXT, marks TEXT NOT NULL);
                    CREATE INDEX session_client ON session (client);
                    CREATE TABLE version (id TEXT PRIMARY KEY,
                        session TEXT NOT NULL REFERENCES session ON DELETE CASCADE, parent TEXT, name TEXT,
                        title TEXT NOT NULL, format TEXT NOT NULL, request TEXT, asked TEXT, report TEXT, take TEXT,
                        rate INTEGER NOT NULL, channels INTEGER NOT NULL, frames INTEGER NOT NULL,
                        encoding TEXT NOT NULL, bytes INTEGER NOT NULL, created REAL NOT NULL, cues TEXT NOT NULL);
                    CREATE INDEX version_session ON version (session);
                    CREATE TABLE job (id TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
                        client TEXT NOT NULL, version TEXT, result TEXT NOT NULL, format TEXT NOT NULL,
                        isExport INTEGER NOT NULL, request TEXT NOT NULL, take TEXT, state TEXT NOT NULL, error TEXT,
                        created REAL NOT NULL, started REAL, ended REAL, estimate REAL NOT NULL);
                    CREATE INDEX job_session ON job (session);
                    CREATE INDEX job_state ON job (state);
                    CREATE TABLE listening (id TEXT PRIMARY KEY, client TEXT NOT NULL, name TEXT NOT NULL,
                        items TEXT NOT NULL, created REAL NOT NULL);
                    CREATE TABLE rating (test TEXT NOT NULL REFERENCES listening ON DELETE CASCADE, item TEXT NOT NULL,
                        listener TEXT NOT NULL, ovl INTEGER NOT NULL, rel INTEGER, created REAL NOT NULL,
                        PRIMARY KEY (test, item, listener));
                    CREATE TABLE pace (job TEXT PRIMARY KEY, seconds REAL NOT NULL);
                    """)
        }
        return migrator
    }

    /// Seconds since 1970.
    static var now: Double { Date().timeIntervalSince1970 }

    /// Does something with the database, alone.
    func write<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        try await database.write(body)
    }

    func read<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    func close() { try? database.close() }
}

extension Store {
    func session(_ id: String) async throws -> Session {
        guard Identifier.isValid(id), let session = try await read({ try Session.fetchOne($0, key: id) }) else {
            throw Refusal.notFound("session")
        }
        return session
    }

    func version(_ id: String) async throws -> Version {
        guard Identifier.isValid(id), let version = try await read({ try Version.fetchOne($0, key: id) }) else {
            throw Refusal.notFound("version")
        }
        return version
    }

    func job(_ id: String) async throws -> Job {
        guard Identifier.isValid(id), let job = try await read({ try Job.fetchOne($0, key: id) }) else {
            throw Refusal.notFound("job")
        }
        return job
    }

    func versions(of session: String) async throws -> [Version] {
        try await read { try Version.filter(Column("session") == session).order(Column("created")).fetchAll($0) }
    }

    func jobs(of session: String) async throws -> [Job] {
        try await read { try Job.filter(Column("session") == session).order(Column("created")).fetchAll($0) }
    }

    func jobs(in states: [Job.State]) async throws -> [Job] {
        try await read {
            try Job.filter(states.map(\.rawValue).contains(Column("state"))).order(Column("created")).fetchAll($0)
        }
    }

    /// The sessions of a client, or of everybody, the one used last first.
    func sessions(of client: String?) async throws -> [Session] {
        try await read { db in
            let all = client.map { Session.filter(Column("client") == $0) } ?? Session.all()
            return try all.order(Column("used").desc).limit(200).fetchAll(db)
        }
    }

    /// Says that something was done with a session.
    func touch(_ session: String) async throws {
        let now = Self.now
        try await write { db in
            try db.execute(sql: "UPDATE session SET used = ? WHERE id = ?", arguments: [now, session])
        }
    }
}

// MARK: - Files

extension Store {
    /// The file of a version.
    func url(_ version: Version) -> URL { sound(version.id, version.format) }

    /// The file of a sound: only an identifier and a known extension become a part of a path.
    func sound(_ id: String, _ format: String) -> URL {
        precondition(Identifier.isValid(id) && format.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        return folder.appending(path: "sounds").appending(path: "\(id).\(format)")
    }

    /// A version's file in another format, as an export writes it.
    func export(_ version: String, _ format: String) -> URL {
        precondition(Identifier.isValid(version))
        return folder.appending(path: "sounds").appending(path: "\(version)-export.\(format)")
    }

    func peaks(_ version: String) -> URL {
        precondition(Identifier.isValid(version))
        return folder.appending(path: "peaks").appending(path: version)
    }

    func upload(_ id: String) -> URL {
        precondition(Identifier.isValid(id))
        return folder.appending(path: "uploads").appending(path: id)
    }

    /// The bytes that all files take.
    var bytesUsed: Int {
        var sum = 0
        for name in ["sounds", "peaks", "uploads"] {
            let files = try? FileManager.default.contentsOfDirectory(
                at: folder.appending(path: name), includingPropertiesForKeys: [.fileSizeKey])
            for file in files ?? [] {
                sum += (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
            }
        }
        return sum
    }

    /// Removes everything of some versions, the files first named by their versions.
    func removeFiles(of versions: [Version]) {
        let formats = Set(versions.map(\.format)).union(SoundFormats.written)
        for version in versions {
            try? FileManager.default.removeItem(at: url(version))
            try? FileManager.default.removeItem(at: peaks(version.id))
            for format in formats { try? FileManager.default.removeItem(at: export(version.id, format)) }
        }
    }

    func remove(_ session: String) async throws {
        let versions = try await versions(of: session)
        try await write { _ = try Session.deleteOne($0, key: session) }
        removeFiles(of: versions)
    }

    /// Removes files that belong to nothing: what a program that was killed left behind.
    func removeLeftovers() async throws {
        for file in try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: "uploads"), includingPropertiesForKeys: nil)
        {
            try? FileManager.default.removeItem(at: file)
        }
        let known = Set(try await read { try String.fetchAll($0, sql: "SELECT id FROM version") })
        for name in ["sounds", "peaks"] {
            let files = try FileManager.default.contentsOfDirectory(
                at: folder.appending(path: name), includingPropertiesForKeys: nil)
            for file in files where !known.contains(String(file.lastPathComponent.prefix(Identifier.length))) {
                try? FileManager.default.removeItem(at: file)
            }
        }
    }
}
