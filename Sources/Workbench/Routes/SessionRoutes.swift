internal import Editing
internal import Foundation
internal import GRDB
internal import Hummingbird

/// Opening, seeing, naming and removing sessions; their marks and their events.
enum SessionRoutes {
    static func all(_ desk: Desk) -> [Route] {
        [
            Route(.get, "/api/folder") { _, _ in try Answer.json(await desk.folder.entries()) },
            Route(.get, "/api/sessions") { _, context in try await list(desk, context) },
            Route(.post, "/api/sessions") { request, context in try await open(desk, request, context) },
            Route(.post, "/api/uploads") { request, context in try await upload(desk, request, context) },
            Route(.get, "/api/sessions/{session}") { _, context in
                let session = try await desk.store.session(context.id("session"))
                return try Answer.json(await desk.document(session))
            },
            Route(.patch, "/api/sessions/{session}") { request, context in
                try await change(desk, request, context)
            },
            Route(.delete, "/api/sessions/{session}") { _, context in
                let session = try await desk.store.session(context.id("session"))
                try await desk.remove(session.id)
                return Answer.nothing
            },
            Route(.put, "/api/sessions/{session}/marks") { request, context in
                let marks = try await request.json([Mark].self)
                return try await mark(desk, marks, context)
            },
            Route(.get, "/api/sessions/{session}/labels") { _, context in
                let session = try await desk.store.session(context.id("session"))
                let marks = try JSON.read([Mark].self, from: Data(session.marks.utf8))
                let stem = URL(fileURLWithPath: "/" + session.name).deletingPathExtension().lastPathComponent
                var response = Answer.data(Data(LabelTrack.text(marks.map(\.label)).utf8), "text/plain; charset=utf-8")
                response.headers[.contentDisposition] = Answer.disposition("\(stem).txt")
                return response
            },
            Route(.put, "/api/sessions/{session}/labels") { request, context in
                try await mark(desk, try await labels(desk, request, context), context)
            },
            Route(.get, "/api/sessions/{session}/events") { request, context in
                try await events(desk, request, context)
            },
        ]
    }

    /// On an address that reaches nobody else everything is the user's own; elsewhere everybody sees what he has opened.
    private static func list(_ desk: Desk, _ context: WorkbenchContext) async throws -> Response {
        let isOwn = desk.settings.isLoopback && desk.settings.token == nil
        let sessions = try await desk.store.sessions(of: isOwn ? nil : context.client)
        return try Answer.json(sessions.map { SessionSummary($0, daysKept: desk.settings.daysKept) })
    }

    private struct Opening: Decodable {
        let file: String?
        let name: String?
    }

    /// A session with a sound of the folder, or with none yet.
    private static func open(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let opening = try await request.json(Opening.self)
        guard let file = opening.file else {
            let now = Store.now
            let session = Session(
                id: Identifier.make(), name: SoundName.safe(opening.name ?? "new sound"), client: context.client,
                created: now, used: now, head: nil, marks: "[]")
            try await desk.store.write { try session.insert($0) }
            return try Answer.json(await desk.document(session), status: .created)
        }
        guard let url = await desk.folder.url(file) else { throw Refusal.notFound("file") }
        let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        try await desk.makeRoom(for: size)
        let id = Identifier.make()
        let to = desk.store.upload(id)
        try await Offload.run { try FileManager.default.copyItem(at: url, to: to) }
        let session = try await desk.open(id, named: opening.name ?? url.lastPathComponent, for: context.client)
        return try Answer.json(await desk.document(session), status: .created)
    }

    /// A session with the sound in the body, which goes to the disk as it comes.
    private static func upload(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let promised = request.headers[.contentLength].flatMap { Int($0) }
        try await desk.makeRoom(for: promised ?? 0)
        try await desk.uploads.begin(context.client)
        let id = Identifier.make()
        let url = desk.store.upload(id)
        do {
            let count = try await write(request.body, to: url, limit: desk.settings.uploadLimit)
            if let promised, promised != count {
                throw Refusal(status: 400, message: "the sound broke off after \(count) of \(promised) bytes")
            }
        } catch {
            try? FileManager.default.removeItem(at: url)
            await desk.uploads.end(context.client)
            if error is Refusal { throw error }
            throw Refusal(status: 400, message: "the sound broke off on its way")
        }
        await desk.uploads.end(context.client)
        let session = try await desk.open(id, named: request.query("name") ?? "sound.wav", for: context.client)
        return try Answer.json(await desk.document(session), status: .created)
    }

    private static func write(_ body: RequestBody, to url: URL, limit: Int) async throws -> Int {
        guard FileManager.default.createFile(atPath: url.path(percentEncoded: false), contents: nil) else {
            throw Refusal(status: 507, message: "the sound cannot be kept: the disk takes nothing")
        }
        let writer = FileWriter(try FileHandle(forWritingTo: url))
        defer { writer.close() }
        var count = 0
        var block = Data()
        for try await buffer in body {
            count += buffer.readableBytes
            guard count <= limit else {
                throw Refusal(status: 413, message: "the sound is larger than the \(limit) bytes that are taken")
            }
            block.append(contentsOf: buffer.readableBytesView)
            if block.count >= 1 << 20 {
                let full = block
                block = Data()
                try await Offload.run { try writer.write(full) }
            }
        }
        let rest = block
        try await Offload.run { try writer.write(rest) }
        return count
    }

    private struct Change: Decodable {
        let name: String?
        let head: String?
    }

    private static func change(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let change = try await request.json(Change.self)
        var session = try await desk.store.session(context.id("session"))
        if let name = change.name { session.name = SoundName.safe(name) }
        if let head = change.head {
            guard try await desk.store.version(head).session == session.id else { throw Refusal.notFound("version") }
            session.head = head
        }
        let (name, head, id, now) = (session.name, session.head, session.id, Store.now)
        try await desk.store.write { db in
            try db.execute(
                sql: "UPDATE session SET name = ?, head = ?, used = ? WHERE id = ?", arguments: [name, head, now, id])
        }
        session.used = now
        let summary = HeadDocument(name: session.name, head: session.head)
        await desk.board.tell(session.id, "session", summary)
        return try Answer.json(await desk.document(session))
    }

    private struct HeadDocument: Encodable {
        let name: String
        let head: String?
    }

    private static func mark(_ desk: Desk, _ marks: [Mark], _ context: WorkbenchContext) async throws -> Response {
        guard marks.count <= Mark.most else { throw Refusal.invalid("marks: \(Mark.most) at most expected") }
        let session = try await desk.store.session(context.id("session"))
        let (text, now) = (try JSON.text(marks), Store.now)
        try await desk.store.write { db in
            try db.execute(
                sql: "UPDATE session SET marks = ?, used = ? WHERE id = ?", arguments: [text, now, session.id])
        }
        return try Answer.json(marks)
    }

    /// A list of labels in any form that the library reads.
    private static func labels(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> [Mark] {
        let session = try await desk.store.session(context.id("session"))
        let version: Version? = if let head = session.head { try await desk.store.version(head) } else { nil }
        let (rate, frames) = (version?.rate ?? 48_000, version?.frames ?? 0)
        let track = try LabelTrack([UInt8](try await request.smallBody()), name: "labels")
        return track.labels(rate: rate, frames: frames).map { Mark($0, highest: Double(rate) / 2) }
    }

    private static func events(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let session = try await desk.store.session(context.id("session"))
        let last = request.headers[.init("Last-Event-ID")!] ?? request.query("last")
        let board = desk.board
        let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        let body = ResponseBody { writer in
            let (events, end) = await board.listen(session.id, after: last)
            try await request.body.consumeWithInboundCloseHandler { _ in
                for await text in events { try await writer.write(ByteBuffer(string: text)) }
                try await writer.finish(nil)
            } onInboundClosed: {
                end()
            }
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

/// A file that is written block by block, by one writer after the other.
final class FileWriter: @unchecked Sendable {
    private let file: FileHandle

    init(_ file: FileHandle) { self.file = file }

    func write(_ block: Data) throws { try file.write(contentsOf: block) }

    func close() { try? file.close() }
}
