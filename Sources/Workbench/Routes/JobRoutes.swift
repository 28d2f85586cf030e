internal import Core
internal import Editing
internal import Foundation
internal import GRDB
internal import Hummingbird

/// Asking for edits, seeing how they go on, and stopping them.
enum JobRoutes {
    static func all(_ desk: Desk) -> [Route] {
        [
            Route(.post, "/api/sessions/{session}/jobs") { request, context in
                let asked = try await asked(desk, request, context)
                let jobs = try asked.jobs(client: context.client)
                try await desk.queue.add(jobs)
                try await desk.store.touch(asked.session.id)
                var documents: [JobDocument] = []
                for job in jobs { documents.append(await desk.queue.document(job)) }
                return try Answer.json(documents, status: .accepted)
            },
            Route(.post, "/api/sessions/{session}/estimates") { request, context in
                let asked = try await asked(desk, request, context)
                return try Answer.json(
                    Estimate(seconds: asked.seconds * Double(asked.takes), wait: await desk.queue.secondsToWait()))
            },
            Route(.get, "/api/jobs/{job}") { _, context in
                let job = try await desk.store.job(context.id("job"))
                return try Answer.json(await desk.queue.document(job))
            },
            Route(.delete, "/api/jobs/{job}") { _, context in
                let job = try await desk.store.job(context.id("job"))
                try await desk.queue.cancel(job.id)
                return Answer.nothing
            },
            Route(.post, "/api/versions/{version}/exports") { request, context in
                try await export(desk, request, context)
            },
        ]
    }

    private struct Estimate: Encodable {
        let seconds: Double
        let wait: Double
    }

    private struct Asking: Decodable {
        let version: String?
        let takes: Int?
        let format: String?
        let request: Fragment
    }

    /// A request that fits its source, and what it takes.
    private struct Asked {
        let session: Session
        let base: Version?
        let request: any EditRequest
        let takes: Int
        let format: String
        let seconds: Double

        func jobs(client: String) throws -> [Job] {
            let take = takes > 1 ? Identifier.make() : nil
            let now = Store.now
            return try (0..<takes).map { index in
                var request = request
                if index > 0 { request = try request.seeded(request.settings.seed &+ UInt64(index)) }
                return Job(
                    id: Identifier.make(), session: session.id, client: client, version: base?.id,
                    result: Identifier.make(), format: format, isExport: false,
                    request: String(decoding: try RequestDocument.data(of: request), as: UTF8.self), take: take,
                    state: .queued, error: nil, created: now + Double(index) * 1e-4, started: nil, ended: nil,
                    estimate: seconds)
            }
        }
    }

    private static func asked(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Asked {
        let session = try await desk.store.session(context.id("session"))
        let asking = try await request.json(Asking.self)
        let edit = try RequestDocument.request(from: try JSON.data(asking.request))
        guard edit.condition.like == nil else {
            throw Refusal.invalid(
                "condition.like: none expected here: who sends a request must not name files of this machine")
        }
        let takes = asking.takes ?? 1
        guard (1...9).contains(takes) else { throw Refusal.invalid("takes: 1 to 9 expected, found \(takes)") }
        var base: Version?
        if !(edit is Generate) {
            guard let id = asking.version ?? session.head else {
                throw Refusal.invalid("\(edit.job): a sound to edit expected; open one first")
            }
            let version = try await desk.store.version(id)
            guard version.session == session.id else { throw Refusal.notFound("version") }
            base = version
            try fits(edit, version)
        }
        let format = asking.format ?? base.map { SoundFormats.format(ofEdit: $0.format) } ?? "wav"
        guard SoundFormats.written.contains(format) else {
            throw Refusal.invalid("format: one of \(SoundFormats.written.joined(separator: ", ")) expected")
        }
        let pace = try await desk.store.read { try Pace.fetchOne($0, key: edit.job)?.seconds }
        let units = DurationEstimate.units(edit, sourceSeconds: base.map { Double($0.frames) / Double($0.rate) })
        return Asked(
            session: session, base: base, request: edit, takes: takes, format: format,
            seconds: DurationEstimate.overhead + units * (pace ?? DurationEstimate.firstPace(edit.job)))
    }

    /// Refuses regions that the sound does not have before the edit waits in the queue.
    private static func fits(_ edit: any EditRequest, _ version: Version) throws {
        let duration = Double(version.frames) / Double(version.rate)
        let regions: [Region] =
            switch edit {
            case let edit as Inpaint: edit.regions
            case let edit as Restyle: edit.regions
            case let edit as Remake: edit.region.map { [$0] } ?? []
            default: []
            }
        for region in regions where region.start < 0 || region.end > duration + 0.0005 {
            throw EditingError.regionOutside(start: region.start, end: region.end, duration: duration)
        }
        let highest = Double(version.rate) / 2
        for region in regions where region.band.map({ $0.low >= highest }) ?? false {
            throw EditingError.bandOutside(region, highest: highest)
        }
    }

    private struct Export: Decodable { let format: String }

    /// Makes the last edit once more into another format: what the command line would write, not a copy of a copy.
    private static func export(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let version = try await desk.store.version(context.id("version"))
        let export = try await request.json(Export.self)
        guard SoundFormats.offered.contains(export.format) else {
            throw Refusal.invalid("format: one of \(SoundFormats.offered.joined(separator: ", ")) expected")
        }
        guard let asked = version.asked else {
            throw Refusal.invalid("\(version.title): was opened, not edited; it is there in its own format only")
        }
        let now = Store.now
        let job = Job(
            id: Identifier.make(), session: version.session, client: context.client, version: version.parent,
            result: version.id, format: export.format, isExport: true, request: asked, take: nil, state: .queued,
            error: nil, created: now, started: nil, ended: nil,
            estimate: Fragment(column: version.report)["seconds"]?.seconds ?? 5)
        try await desk.queue.add([job])
        return try Answer.json(await desk.queue.document(job), status: .accepted)
    }
}

extension Fragment {
    fileprivate var seconds: Double? {
        switch self {
        case .number(let number): number
        case .integer(let number): Double(number)
        default: nil
        }
    }
}

extension EditRequest {
    /// The same request with another seed, by way of its JSON: settings are checked when they are read.
    fileprivate func seeded(_ seed: UInt64) throws -> any EditRequest {
        guard case .object(var members) = try JSONDecoder().decode(Fragment.self, from: RequestDocument.data(of: self))
        else { preconditionFailure("a request is an object") }
        guard case .object(var settings) = members["settings"] else {
            preconditionFailure("a request has settings")
        }
        settings["seed"] = .unsigned(seed)
        members["settings"] = .object(settings)
        return try RequestDocument.request(from: JSON.data(Fragment.object(members)))
    }
}
