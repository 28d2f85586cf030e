internal import Core
internal import Editing
internal import Foundation
internal import GRDB

/// Edits that wait, and those that are made: clients take turns, a short edit need not wait for a long one to end.
actor JobQueue {
    private let store: Store
    private let board: EventBoard
    private let editor: Editor
    private let settings: WorkbenchSettings
    private let onVersion: @Sendable (Version) async -> Void

    private var waiting: [Job] = []
    private var running: [String: (job: Job, edit: EditSession?, isCancelled: Bool)] = [:]
    private var progress: [String: ProgressDocument] = [:]
    /// The turn in which a client's edit last began.
    private var turns: [String: Int] = [:]
    private var turn = 0
    private var isStopped = false
    private var tasks: [String: Task<Void, Never>] = [:]

    /// An edit of so many seconds goes beside a longer one.
    private static let short = 12.0

    init(
        _ store: Store, _ board: EventBoard, _ editor: Editor, _ settings: WorkbenchSettings,
        onVersion: @escaping @Sendable (Version) async -> Void
    ) {
        self.store = store
        self.board = board
        self.editor = editor
        self.settings = settings
        self.onVersion = onVersion
    }

    /// Takes up what an earlier run of the program left: an edit that was being made is made again.
    func resume() async throws {
        let left = try await store.jobs(in: [.running, .queued])
        for var job in left {
            job.state = .queued
            job.started = nil
            try await save(job)
            waiting.append(job)
        }
        pump()
    }

    /// Puts edits at the end of the queue.
    /// - Throws: `Refusal` where there are too many already.
    func add(_ jobs: [Job]) async throws {
        let own = waiting.count { $0.client == jobs[0].client }
        guard own + jobs.count <= settings.queueLimitOfClient else {
            throw Refusal(
                status: 429,
                message: "\(own) of your edits are waiting, \(settings.queueLimitOfClient) may; wait or cancel some")
        }
        guard waiting.count + jobs.count <= settings.queueLimit else {
            throw Refusal(status: 429, message: "\(waiting.count) edits are waiting here; try again in some minutes")
        }
        // Counted before the database has them, so that nobody slips in between.
        waiting += jobs
        do {
            try await store.write { db in for job in jobs { try job.insert(db) } }
        } catch {
            waiting.removeAll { job in jobs.contains { $0.id == job.id } }
            throw error
        }
        for job in jobs { await tell(job) }
        pump()
    }

    /// Stops an edit, or takes it out of the queue.
    func cancel(_ id: String) async throws {
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            var job = waiting.remove(at: index)
            job.state = .cancelled
            job.ended = Store.now
            try await save(job)
            await tell(job)
        } else if running[id] != nil {
            running[id]?.isCancelled = true
            running[id]?.edit?.cancel()
        }
    }

    /// Stops all edits of a session, and waits until they have ended.
    func cancelAll(of session: String) async throws {
        for job in waiting where job.session == session { try await cancel(job.id) }
        for id in running.filter({ $0.value.job.session == session }).keys {
            try await cancel(id)
            await tasks[id]?.value
        }
    }

    /// Stops what is being made; the next run of the program makes it again.
    func stop() async {
        isStopped = true
        for entry in running.values { entry.edit?.cancel() }
        for task in tasks.values { await task.value }
    }

    func document(_ job: Job) -> JobDocument {
        JobDocument(job, place: order().firstIndex { $0.id == job.id }, progress: progress[job.id])
    }

    /// About how many seconds pass before an edit of a client would begin.
    func secondsToWait() -> Double {
        let left = running.values.reduce(0) { sum, entry in
            sum + (progress[entry.job.id]?.secondsLeft ?? entry.job.estimate)
        }
        return left + waiting.reduce(0) { $0 + $1.estimate }
    }

    var counts: (waiting: Int, running: Int) { (waiting.count, running.count) }

    // MARK: - Turns

    /// The order in which the waiting edits would begin: each client's first, then each client's second, ...
    private func order() -> [Job] {
        var turns = turns
        var turn = turn
        var left = waiting
        var result: [Job] = []
        while let index = Self.next(of: left, turns) {
            let job = left.remove(at: index)
            turn += 1
            turns[job.client] = turn
            result.append(job)
        }
        return result
    }

    /// The client whose turn is longest ago comes first, and of his edits the one that came first.
    static func next(of jobs: [Job], _ turns: [String: Int]) -> Int? {
        jobs.indices.min { a, b in
            let (left, right) = (turns[jobs[a].client] ?? 0, turns[jobs[b].client] ?? 0)
            return left == right ? a < b : left < right
        }
    }

    private func pump() {
        while !isStopped {
            let hasLong = running.values.contains { $0.job.estimate > Self.short }
            guard running.isEmpty || running.count == 1 && hasLong else { return }
            let open = running.isEmpty ? waiting : waiting.filter { $0.estimate <= Self.short }
            guard let index = Self.next(of: open, turns),
                let place = waiting.firstIndex(where: { $0.id == open[index].id })
            else { return }
            let job = waiting.remove(at: place)
            turn += 1
            turns[job.client] = turn
            running[job.id] = (job, nil, false)
            tasks[job.id] = Task { await self.make(job) }
        }
    }

    // MARK: - One edit

    private func make(_ queued: Job) async {
        var job = queued
        job.state = .running
        job.started = Store.now
        do {
            try await save(job)
            await tell(job)
            await tellPlaces(of: job.session)
            let version = try await edit(job)
            job.state = .done
            job.ended = Store.now
            let done = job
            try await store.write { db in
                if let version {
                    try version.insert(db)
                    // The first version of a session is shown; a take waits until it is chosen.
                    let isFirst = try Session.fetchOne(db, key: version.session)?.head == nil
                    if isFirst || version.take == nil {
                        try db.execute(
                            sql: "UPDATE session SET head = ?, used = ? WHERE id = ?",
                            arguments: [version.id, version.created, version.session])
                    }
                }
                try done.update(db)
            }
            if let version { await onVersion(version) }
        } catch is CancellationError where isStopped {
            // It stays as running in the database, and is made again.
            finish(job)
            return
        } catch is CancellationError {
            job.state = .cancelled
        } catch {
            job.state = .failed
            job.error = Self.words(for: error, replacing: await names(of: job))
        }
        job.ended = Store.now
        finish(job)
        try? await save(job)
        await tell(job)
        await tellPlaces(of: job.session)
    }

    private func finish(_ job: Job) {
        running[job.id] = nil
        progress[job.id] = nil
        tasks[job.id] = nil
        pump()
    }

    /// Makes the sound.
    /// - Returns: the new version; nil for an export.
    private func edit(_ job: Job) async throws -> Version? {
        let base: Version? = if let id = job.version { try await store.version(id) } else { nil }
        let request = try RequestDocument.request(from: Data(job.request.utf8))
        let url = job.isExport ? store.export(job.result, job.format) : store.sound(job.result, job.format)
        let (editor, store) = (editor, store)
        let source = try await Offload.run { try base.map { try AudioFile(store.url($0)) } }
        guard running[job.id]?.isCancelled == false, !isStopped else { throw CancellationError() }
        let session = editor.run(request, from: source, to: FileDestination(url, overwrites: true))
        running[job.id]?.edit = session
        var lastTold = ContinuousClock.now - .seconds(1)
        var lastPreview = ContinuousClock.now - .milliseconds(400)
        for try await event in session {
            switch event {
            case .progress(let step):
                let document = ProgressDocument(
                    stage: step.stage, fraction: step.fraction, secondsLeft: step.secondsLeft)
                progress[job.id] = document
                guard ContinuousClock.now - lastTold > .milliseconds(100) || step.fraction == 1 else { continue }
                lastTold = .now
                await tell(job, isFleeting: true)
            case .preview(let preview):
                guard ContinuousClock.now - lastPreview > .milliseconds(600), await board.isWatched(job.session) else {
                    continue
                }
                lastPreview = .now
                let frontEnd = editor.model.frontEnd
                if let document = try? await Offload.run({ try PreviewDocument(preview, of: job.id, frontEnd) }) {
                    await board.tell(job.session, "preview", document, isFleeting: true)
                }
            case .finished: break
            }
        }
        let report = try await session.report
        await learn(report, request, base)
        if job.isExport { return nil }
        return try await Offload.run { try Version(job, base, report, url) }
    }

    private func learn(_ report: EditReport, _ request: any EditRequest, _ base: Version?) async {
        let duration = base.map { Double($0.frames) / Double($0.rate) }
        let units = DurationEstimate.units(request, sourceSeconds: duration)
        let found = max(0, report.seconds - DurationEstimate.overhead) / units
        let word = request.job
        try? await store.write { db in
            let old = try Pace.fetchOne(db, key: word)?.seconds ?? found
            try Pace(job: word, seconds: 0.6 * old + 0.4 * found).save(db)
        }
    }

    private func save(_ job: Job) async throws { try await store.write { try job.update($0) } }

    private func tell(_ job: Job, isFleeting: Bool = false) async {
        await board.tell(job.session, "job", document(job), isFleeting: isFleeting)
    }

    /// Who waits learns that he has come forward.
    private func tellPlaces(of session: String) async {
        for job in waiting.prefix(40) { await tell(job, isFleeting: true) }
    }

    /// The names that the store gives to files, and those that the user knows.
    private func names(of job: Job) async -> [(String, String)] {
        var names: [(String, String)] = []
        if let id = job.version, let base = try? await store.version(id) {
            names.append((store.url(base).path(percentEncoded: false), base.title))
        }
        for url in [store.sound(job.result, job.format), store.export(job.result, job.format)] {
            names.append((url.path(percentEncoded: false), "the result"))
        }
        return names
    }

    /// An error in the user's words, without a path of ours.
    static func words(for error: any Error, replacing names: [(String, String)]) -> String {
        var words: String
        switch error {
        case let error as EditingError: words = error.description
        case let error as AudioError: words = error.description
        case let error as CheckpointError: words = "the model: \(error)"
        case let error as Refusal: words = error.message
        default: words = "the edit could not be made: \(error.localizedDescription)"
        }
        for (path, name) in names { words = words.replacing(path, with: name) }
        return words.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

extension Version {
    /// What an edit has made.
    init(_ job: Job, _ base: Version?, _ report: EditReport, _ url: URL) throws {
        let file = try AudioFile(url)
        let stem =
            base.map { URL(fileURLWithPath: "/" + $0.title).deletingPathExtension().lastPathComponent }
            ?? report.request.condition.prompt.map { String($0.prefix(40)) } ?? "sound"
        self.init(
            id: job.result, session: job.session, parent: job.version, name: nil,
            title: Self.title(stem, report.request.job, job.format), format: job.format,
            request: String(decoding: try RequestDocument.data(of: report.request), as: UTF8.self),
            asked: job.request, report: try JSON.text(ReportDocument(report)), take: job.take, rate: file.rate,
            channels: file.channels, frames: file.frames, encoding: "\(file.format.container), \(file.format.encoding)",
            bytes: try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0, created: Store.now,
            cues: try JSON.text(Mark.cues(of: file)))
    }

    /// The name of a result's file: `interview-inpaint.wav`, then `interview-inpaint-2.wav`.
    private static func title(_ stem: String, _ job: String, _ format: String) -> String {
        let parts = stem.split(separator: "-").map(String.init)
        let words = Set(RequestDocument.jobs.map { $0.job })
        if job == Generate.job, !stem.isEmpty { return "\(SoundName.safe(stem)).\(format)" }
        var (kept, number) = (parts, 1)
        if let last = parts.last, let count = Int(last), parts.count > 2, words.contains(parts[parts.count - 2]) {
            kept = Array(parts.dropLast(2))
            number = count + 1
        } else if let last = parts.last, words.contains(last), parts.count > 1 {
            kept = Array(parts.dropLast())
            number = 2
        }
        let end = number == 1 ? job : "\(job)-\(number)"
        return "\(SoundName.safe(kept.joined(separator: "-")))-\(end).\(format)"
    }
}

/// Names of files as users give them.
enum SoundName {
    /// Without what a file's name may not hold, and not too long.
    static func safe(_ name: String) -> String {
        let cleaned = name.unicodeScalars.map { scalar -> Character in
            let isBad = scalar.value < 32 || scalar.value == 127 || "/\\:*?\"<>|".unicodeScalars.contains(scalar)
            return isBad ? "_" : Character(scalar)
        }
        let text = String(cleaned.prefix(120)).trimmingCharacters(in: CharacterSet(charactersIn: " ."))
        return text.isEmpty ? "sound" : text
    }
}

extension PreviewDocument {
    /// Decodes a preview: a cell for each band and, of a long passage, for several frames.
    init(_ preview: EditPreview, of job: String, _ frontEnd: FrontEnd) throws {
        let mel = try preview.mel()
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        let values = mel.elements
        let step = (frames + 511) / 512
        let columns = (frames + step - 1) / step
        let highest = values.max() ?? 0
        var levels = [UInt8](repeating: 0, count: columns * bands)
        for column in 0..<columns {
            for band in 0..<bands {
                let value = values[column * step * bands + band] - highest
                // In half decibels.
                levels[column * bands + band] = UInt8(max(0, min(255, 255 + 2 * Neper.decibels * value)))
            }
        }
        self.init(
            job: job, start: preview.start, duration: preview.duration, lowest: frontEnd.lowestHz,
            highest: frontEnd.highestHz, columns: columns, rows: bands, levels: Data(levels).base64EncodedString())
    }
}
