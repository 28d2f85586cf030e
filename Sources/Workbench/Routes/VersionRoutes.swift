internal import Core
internal import Editing
internal import Foundation
internal import GRDB
internal import Hummingbird
internal import Plotting

/// Sounds as files, pictures and samples.
enum VersionRoutes {
    static func all(_ desk: Desk) -> [Route] {
        [
            Route(.get, "/api/versions/{version}") { _, context in
                try Answer.json(await desk.document(desk.store.version(context.id("version"))))
            },
            Route(.patch, "/api/versions/{version}") { request, context in
                try await rename(desk, request, context)
            },
            Route(.delete, "/api/versions/{version}") { _, context in try await remove(desk, context) },
            Route(.get, "/api/versions/{version}/sound") { request, context in
                try await sound(desk, request, context)
            },
            Route(.get, "/api/versions/{version}/recipe") { _, context in try await recipe(desk, context) },
            Route(.get, "/api/versions/{version}/samples") { request, context in
                try await samples(desk, request, context)
            },
            Route(.get, "/api/versions/{version}/edges") { request, context in
                try await edges(desk, request, context)
            },
            Route(.get, "/api/versions/{version}/finds") { request, context in
                try await finds(desk, request, context)
            },
            Route(.get, "/api/versions/{version}/outline/{level}/{tile}") { _, context in
                let version = try await desk.store.version(context.id("version"))
                let level = try context.number("level", 0...PeakTile.highestLevel)
                let tile = try tile(context, version, width: PeakTile.columns << level)
                let (data, isExact) = try await desk.shelf.outline(version, level: level, index: tile)
                var response = Answer.data(data, "application/octet-stream", isForever: isExact)
                response.headers[.init("X-Exact")!] = isExact ? "1" : "0"
                return response
            },
            Route(.get, "/api/versions/{version}/spectrogram/{level}/{tile}") { request, context in
                let version = try await desk.store.version(context.id("version"))
                let level = try context.number("level", SpectrogramTile.lowestLevel...SpectrogramTile.highestLevel)
                let tile = try tile(context, version, width: SpectrogramTile.columns << level)
                let rows = try request.number("rows", 16...1024, or: 256)
                let axis = try request.word("axis", or: FrequencyAxis.mel)
                let data = try await desk.shelf.spectrogram(
                    version, level: level, index: tile, rows: rows, axis: axis)
                return Answer.data(data, "application/octet-stream", isForever: true)
            },
        ]
    }

    private static func tile(_ context: WorkbenchContext, _ version: Version, width: Int) throws -> Int {
        try context.number("tile", 0...max(0, (version.frames - 1) / width))
    }

    private struct Name: Decodable { let name: String }

    private static func rename(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let name = try await request.json(Name.self).name
        var version = try await desk.store.version(context.id("version"))
        version.name = name.isEmpty ? nil : String(name.prefix(120))
        let (id, kept) = (version.id, version.name)
        try await desk.store.write { db in
            try db.execute(sql: "UPDATE version SET name = ? WHERE id = ?", arguments: [kept, id])
        }
        let document = try await desk.document(version)
        await desk.board.tell(version.session, "version", document)
        return try Answer.json(document)
    }

    /// A take that was not chosen goes; what others were made of stays.
    private static func remove(_ desk: Desk, _ context: WorkbenchContext) async throws -> Response {
        let version = try await desk.store.version(context.id("version"))
        let waiting = try await desk.store.jobs(of: version.session).contains {
            !$0.state.hasEnded && ($0.version == version.id || $0.result == version.id)
        }
        try await desk.store.write { db in
            let children = try Version.filter(Column("parent") == version.id).fetchCount(db)
            let isHead = try Session.fetchOne(db, key: version.session)?.head == version.id
            guard children == 0, !isHead, !waiting else {
                throw Refusal(
                    status: 409,
                    message: "\(version.title): is shown, or others are made of it; go to another version first")
            }
            _ = try Version.deleteOne(db, key: version.id)
        }
        desk.store.removeFiles(of: [version])
        await desk.shelf.forget([version])
        struct Gone: Encodable { let version: String }
        await desk.board.tell(version.session, "gone", Gone(version: version.id))
        return Answer.nothing
    }

    private static func sound(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let version = try await desk.store.version(context.id("version"))
        var (url, title, format) = (desk.store.url(version), version.title, version.format)
        if let wanted = request.query("format"), wanted != version.format {
            guard SoundFormats.offered.contains(wanted) else {
                throw Refusal.invalid("format: one of \(SoundFormats.offered.joined(separator: ", ")) expected")
            }
            url = desk.store.export(version.id, wanted)
            format = wanted
            title = URL(fileURLWithPath: "/" + title).deletingPathExtension().lastPathComponent + ".\(wanted)"
        }
        guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) else {
            throw Refusal(
                status: 409, message: "\(title): is not made yet; ask for it with POST .../exports first")
        }
        return try Answer.file(url, named: title, type: SoundFormats.mediaType(format))
    }

    /// What `--recipe` writes beside a result.
    private static func recipe(_ desk: Desk, _ context: WorkbenchContext) async throws -> Response {
        let version = try await desk.store.version(context.id("version"))
        guard let text = version.request else {
            throw Refusal.notFound("\(version.title): was opened, not made; a recipe of it")
        }
        let parent: Version? = if let id = version.parent { try await desk.store.version(id) } else { nil }
        let (editor, store) = (desk.editor, desk.store)
        let data = try await Offload.run {
            var request = try RequestDocument.request(from: Data(text.utf8))
            request.settings.model = try editor.hashedReference()
            let source = try parent.map {
                Recipe.Source(name: $0.title, sha256: try AudioFile(store.url($0)).contentHash())
            }
            return try Recipe(request, source: source).data()
        }
        var response = Answer.data(data, "application/json")
        response.headers[.contentDisposition] = Answer.disposition(version.title + ".json")
        return response
    }

    /// Samples to be played: 32-bit floats, little-endian, channel after channel.
    private static func samples(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let version = try await desk.store.version(context.id("version"))
        let start = try request.number("start", 0...max(0, version.frames - 1))
        let count = try request.number("count", 1...max(1, (4 << 20) / version.channels))
        let end = min(version.frames, start + count)
        let file = try await desk.shelf.file(version)
        let data = try await Offload.run {
            let channels = try file.read(frames: start..<end)
            var data = Data(capacity: 4 * (end - start) * channels.count)
            for channel in channels {
                unsafe channel.withUnsafeBytes { unsafe data.append(contentsOf: $0) }
            }
            return data
        }
        var response = Answer.data(data, "application/octet-stream", isForever: true)
        response.headers[.init("X-Channels")!] = "\(version.channels)"
        response.headers[.init("X-Rate")!] = "\(version.rate)"
        return response
    }

    private struct Edge: Encodable { let frame: Int }

    /// Where a cut is heard least, near a place.
    private static func edges(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let version = try await desk.store.version(context.id("version"))
        let near = try request.number("near", 0...version.frames)
        let kind = try request.word("kind", or: EdgeFinder.Kind.zero)
        let file = try await desk.shelf.file(version)
        let frame = try await Offload.run { try EdgeFinder(file).frame(kind, near: near) }
        return try Answer.json(Edge(frame: frame))
    }

    private static func finds(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let version = try await desk.store.version(context.id("version"))
        let kind = try request.word("kind", or: SoundFinder.Kind.dropouts)
        let file = try await desk.shelf.file(version)
        let all = 0...version.frames
        let start = try request.number("start", all, or: 0)
        let end = try request.number("end", all, or: version.frames)
        guard start < end else { throw Refusal.invalid("end: above the start expected") }
        let marks = try await Offload.run { try SoundFinder(file).find(kind, like: start..<end) }
        return try Answer.json(marks)
    }
}
