internal import Core
internal import Editing
internal import Foundation

/// A session as clients see it.
struct SessionDocument: Codable, Sendable {
    let id: String
    let name: String
    let created: Double
    let used: Double
    /// When it is removed unless somebody uses it before, in seconds since 1970.
    let expires: Double
    let head: String?
    let marks: [Mark]
    let versions: [VersionDocument]
    let jobs: [JobDocument]
}

/// A session in a list.
struct SessionSummary: Codable, Sendable {
    let id: String
    let name: String
    let created: Double
    let used: Double
    let expires: Double
}

/// A version as clients see it.
struct VersionDocument: Codable, Sendable {
    let id: String
    let parent: String?
    let name: String?
    let title: String
    let format: String
    let encoding: String
    let rate: Int
    let channels: Int
    let frames: Int
    let duration: Double
    let bytes: Int
    let created: Double
    let take: String?
    let job: String?
    let request: Fragment
    let report: Fragment
    /// The words that make it on the command line.
    let command: String?
    let cues: Fragment
    /// The formats in which it lies ready.
    let exports: [String]
}

/// An edit as clients see it.
struct JobDocument: Codable, Sendable {
    let id: String
    let session: String
    let version: String?
    /// The version that is made, once the edit is done.
    let result: String
    let job: String
    let isExport: Bool
    let format: String
    let take: String?
    let state: String
    let error: String?
    let request: Fragment
    let created: Double
    let started: Double?
    let ended: Double?
    /// About how many seconds it takes.
    let estimate: Double
    /// How many edits come before it; nil unless it waits.
    let place: Int?
    let progress: ProgressDocument?
}

/// How far an edit has come.
struct ProgressDocument: Codable, Sendable {
    let stage: String
    let fraction: Double
    let secondsLeft: Double?
}

/// The figures of an edit.
struct ReportDocument: Codable, Sendable {
    let seconds: Double
    let networkCalls: Int
    let isIdenticalOutside: Bool?
    let cutoff: Double?
    let edits: [EditReport.Edit]
    let stages: [EditReport.Stage]
    let notes: [String]

    init(_ report: EditReport) {
        seconds = report.seconds
        networkCalls = report.networkCalls
        isIdenticalOutside = report.isIdenticalOutside
        cutoff = report.cutoff
        edits = report.edits
        stages = report.stages
        notes = report.notes
    }
}

/// What the network takes for the sound that will come, over time and the model's mel bands.
struct PreviewDocument: Codable, Sendable {
    let job: String
    let start: Double
    let duration: Double
    let lowest: Double
    let highest: Double
    let columns: Int
    let rows: Int
    /// Half decibels below the loudest cell, 255 for that; column after column, the lowest band first, in base 64.
    let levels: String
}

extension SessionSummary {
    init(_ session: Session, daysKept: Double) {
        self.init(
            id: session.id, name: session.name, created: session.created, used: session.used,
            expires: session.used + 86_400 * daysKept)
    }
}

extension VersionDocument {
    init(_ version: Version, _ store: Store, _ settings: WorkbenchSettings, parent: Version?) {
        let asked = version.asked.flatMap { try? RequestDocument.request(from: Data($0.utf8)) }
        let request = Fragment(column: version.request)
        var job: String?
        if case .text(let word) = request["job"] { job = word }
        self.init(
            id: version.id, parent: version.parent, name: version.name, title: version.title, format: version.format,
            encoding: version.encoding, rate: version.rate, channels: version.channels, frames: version.frames,
            duration: Double(version.frames) / Double(version.rate), bytes: version.bytes, created: version.created,
            take: version.take, job: job, request: request, report: Fragment(column: version.report),
            command: asked.flatMap { settings.command($0, parent?.title, version.title) },
            cues: Fragment(column: version.cues),
            exports: SoundFormats.offered.filter {
                FileManager.default.fileExists(atPath: store.export(version.id, $0).path(percentEncoded: false))
            })
    }
}

extension JobDocument {
    init(_ job: Job, place: Int?, progress: ProgressDocument?) {
        let request = Fragment(column: job.request)
        var word = ""
        if case .text(let text) = request["job"] { word = text }
        self.init(
            id: job.id, session: job.session, version: job.version, result: job.result, job: word,
            isExport: job.isExport, format: job.format, take: job.take, state: job.state.rawValue, error: job.error,
            request: request, created: job.created, started: job.started, ended: job.ended, estimate: job.estimate,
            place: place, progress: progress)
    }
}
