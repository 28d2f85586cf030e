internal import Foundation
internal import GRDB

/// What one person does with one sound: its versions, marks and edits.
struct Session: Codable, Sendable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "session"

    let id: String
    var name: String
    /// Who opened it.
    let client: String
    /// Seconds since 1970.
    let created: Double
    /// When something was last done with it, in seconds since 1970.
    var used: Double
    /// The version that is shown and edited; nil before there is one.
    var head: String?
    /// Marks as JSON: a list of objects.
    var marks: String
}

/// A sound: the one that was opened, or what an edit made of another.
struct Version: Codable, Sendable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "version"

    let id: String
    let session: String
    /// The version that was edited; nil for a sound that was opened or made from nothing.
    let parent: String?
    /// What somebody called it; nil for nothing in particular.
    var name: String?
    /// The name of the file that it is downloaded as.
    let title: String
    /// The extension of its file.
    let format: String
    /// The request that made it, everything filled in, as JSON; nil for a sound that was opened.
    let request: String?
    /// The request as it was asked for, as JSON.
    let asked: String?
    /// The figures of the edit, as JSON.
    let report: String?
    /// Takes of one edit have this in common; nil for an edit of one take.
    let take: String?
    let rate: Int
    let channels: Int
    let frames: Int
    /// Container and encoding in words.
    let encoding: String
    let bytes: Int
    let created: Double
    /// Labels that the file carries, as JSON marks.
    let cues: String

    /// The name of its file in the store.
    var file: String { "\(id).\(format)" }
}

/// An edit that was asked for.
struct Job: Codable, Sendable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "job"

    enum State: String, Codable, Sendable, DatabaseValueConvertible {
        case queued, running, done, failed, cancelled

        var hasEnded: Bool { self != .queued && self != .running }
    }

    let id: String
    let session: String
    let client: String
    /// The version to edit; nil for an edit that makes a sound from nothing.
    let version: String?
    /// The version that comes of it; for an export the one that is written in another format.
    let result: String
    /// The extension of the file to be written.
    let format: String
    let isExport: Bool
    /// The request as JSON.
    let request: String
    let take: String?
    var state: State
    var error: String?
    let created: Double
    var started: Double?
    var ended: Double?
    /// About how many seconds it takes.
    let estimate: Double
}

/// A list of sounds that people are asked to judge.
struct ListeningTest: Codable, Sendable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "listening"

    struct Item: Codable, Sendable {
        let id: String
        let version: String
        let prompt: String
        let name: String
    }

    let id: String
    let client: String
    var name: String
    /// The items as JSON.
    let items: String
    let created: Double
}

/// What one listener says of one sound.
struct Rating: Codable, Sendable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "rating"

    let test: String
    let item: String
    let listener: String
    /// Overall quality, 1...100.
    let ovl: Int
    /// Relevance to the text, 1...100; nil for a sound without one.
    let rel: Int?
    let created: Double
}

/// How long edits of one kind took here.
struct Pace: Codable, Sendable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "pace"

    let job: String
    /// Seconds for one unit of work.
    var seconds: Double
}
