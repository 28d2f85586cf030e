public import Core
public import Foundation
internal import Synchronization

/// A loaded model and the edits that it can make.
///
/// Opening reads and checks the model's configurations; its networks are loaded when an edit first needs them. An editor may make several
/// edits at once: each gives what it gives alone.
public final class Editor: Sendable {
    let loaded: LoadedModel
    /// The name of the model as requests have it, without the hash of its content.
    public let reference: ModelReference
    /// The same with the hashes of the content, once somebody has asked for them.
    private let hashed = Mutex<ModelReference?>(nil)
    private let hashes: KnownHashes?

    /// The model that makes the edits.
    public var model: Model { loaded.model }

    /// Opens a model and checks that its parts fit together.
    /// - Parameters:
    ///   - folder: a folder in the layout of diffusers, or one of AudioLDM's original files; nil for the bundled model.
    ///   - vocoderFolder: the folder of another model whose vocoder is to be used, of more bands and a higher rate
    ///     perhaps; nil for the model's own.
    ///   - headRule: `.original` for AudioLDM's published weights with the number of attention heads they were trained
    ///     with.
    ///   - memoryBudget: bytes of weights that stay in memory beyond their use, as `NetworkStore` has it; a server that
    ///     has the room keeps all of them.
    ///   - precision: what the networks' weights are kept as, and multiplied at.
    ///   - hashes: hashes of models that need not be computed again; nil to read every byte of the model.
    /// - Throws: `CheckpointError` for what is not a model; `EditingError.noDefaultModel`;
    ///   `EditingError.vocoderDoesNotFit`.
    public init(
        model folder: URL? = nil, vocoder vocoderFolder: URL? = nil, headRule: HeadRule = .config,
        memoryBudget: Int? = nil, precision: Precision = .float32, hashes: KnownHashes? = nil
    ) throws {
        self.hashes = hashes
        guard let place = folder ?? Model.bundledFolder else { throw EditingError.noDefaultModel }
        let model = try Model(at: place, headRule: headRule, memoryBudget: memoryBudget, precision: precision)
        let vocoder = try vocoderFolder.map {
            try VocoderAdapter(of: Model(at: $0, memoryBudget: memoryBudget, precision: precision), for: model)
        }
        loaded = try LoadedModel(model, vocoder: vocoder ?? VocoderAdapter(of: model))
        reference = ModelReference(
            name: folder.map(Self.name) ?? ModelReference.bundledName, heads: headRule,
            vocoder: vocoderFolder.map { ModelReference.Vocoder(name: Self.name($0)) }, precision: precision)
    }

    private static func name(_ folder: URL) -> String {
        folder.resolvingSymlinksInPath() == Model.bundledFolder?.resolvingSymlinksInPath()
            ? ModelReference.bundledName : folder.relativePath
    }

    /// Opens the model that a request names.
    /// - Parameters:
    ///   - reference: the model; its content is not held against the hash before an edit is made.
    ///   - memoryBudget: bytes of weights that stay in memory beyond their use; nil for the usual ones.
    ///   - hashes: hashes of models that need not be computed again; nil to read every byte of the model.
    /// - Throws: what opening a model throws.
    public convenience init(_ reference: ModelReference, memoryBudget: Int? = nil, hashes: KnownHashes? = nil) throws {
        func folder(_ name: String) -> URL? {
            name == ModelReference.bundledName ? Model.bundledFolder : URL(fileURLWithPath: name)
        }
        let vocoder = try reference.vocoder.map { vocoder in
            guard let place = folder(vocoder.name) else { throw EditingError.noDefaultModel }
            return place
        }
        try self.init(
            model: reference.name == ModelReference.bundledName ? nil : folder(reference.name), vocoder: vocoder,
            headRule: reference.heads, memoryBudget: memoryBudget, precision: reference.precision ?? .float32,
            hashes: hashes)
    }

    /// The name of the model as requests have it, with the SHA-256 of all its content, as it was when this was first
    /// asked for.
    /// - Throws: what reading every file of the model throws.
    public func hashedReference() throws -> ModelReference {
        try hashed.withLock { hashed in
            if let hashed { return hashed }
            var result = reference
            result.sha256 = try model.contentHash(knownBy: hashes)
            result.vocoder?.sha256 = try loaded.vocoder.model.contentHash(knownBy: hashes)
            hashed = result
            return result
        }
    }

    /// - Throws: `EditingError.otherModel` unless this editor's model is the one that is meant.
    public func check(_ wanted: ModelReference?) throws {
        guard let wanted else { return }
        func demand(_ name: String, _ expected: String?, _ found: @autoclosure () throws -> String) throws {
            guard let expected else { return }
            let found = try found()
            guard expected == found else { throw EditingError.otherModel(name: name, expected: expected, found: found) }
        }
        try demand(wanted.name, wanted.sha256, hashedReference().sha256 ?? "")
        if let vocoder = wanted.vocoder {
            try demand(vocoder.name, vocoder.sha256, hashedReference().vocoder?.sha256 ?? "")
        }
        guard wanted.heads == reference.heads else {
            throw EditingError.otherModel(
                name: wanted.name, expected: "\(wanted.heads.rawValue) heads",
                found: "\(reference.heads.rawValue) heads")
        }
        let (precision, asked) = (model.precision, wanted.precision ?? .float32)
        guard asked == precision else {
            throw EditingError.otherModel(
                name: wanted.name, expected: "the precision \(asked.rawValue)", found: precision.rawValue)
        }
        guard (wanted.vocoder == nil) == (reference.vocoder == nil) else {
            throw EditingError.otherModel(
                name: wanted.name, expected: wanted.vocoder.map { "the vocoder of \($0.name)" } ?? "its own vocoder",
                found: reference.vocoder.map { "the vocoder of \($0.name)" } ?? "its own vocoder")
        }
    }
}

extension Editor {
    /// Makes an edit and returns when it is done.
    /// - Parameters:
    ///   - request: the edit.
    ///   - source: the sound to edit; nil for an edit that makes a sound from nothing.
    ///   - destination: where the result goes.
    ///   - listener: called between the steps of the edit, on the calling thread. What it throws stops the edit.
    /// - Returns: the report. The result is at the destination then; after any error nothing is there.
    /// - Throws: `EditingError`, `AudioError`, `CheckpointError`, `CancellationError` in a cancelled task, and what
    ///   `listener` throws.
    @discardableResult
    public func perform(
        _ request: some EditRequest, from source: (any SoundSource)? = nil, to destination: any SoundDestination,
        listener: (EditEvent) throws -> Void = { _ in }
    ) throws -> EditReport {
        try withoutActuallyEscaping(listener) { listener in
            let log = EditLog(listener)
            try log.advance(to: 0, "read")
            try check(request.settings.model)
            for note in source?.notes ?? [] { log.note(note) }
            if !model.precision.isNative {
                log.note(
                    "This processor has no products of \(model.precision.rawValue): float32 is exact and takes less time."
                )
            }
            var request = request.completed(for: loaded.traits)
            if request.settings.model == nil { request.settings.model = reference }
            let plan = try request.plan(for: source)
            let report = try AudioError.naming(source.map { [$0] } ?? []) {
                try perform(request, plan, from: source, to: destination, log)
            }
            try log.advance(to: 1, "done")
            try listener(.finished(report))
            return report
        }
    }

    /// Edits a sound in memory; no file is touched.
    /// - Parameters:
    ///   - request: the edit.
    ///   - sound: the sound to edit; nil for an edit that makes a sound from nothing.
    ///   - listener: called between the steps of the edit, on the calling thread. What it throws stops the edit.
    /// - Returns: the edited or the new sound.
    /// - Throws: what ``perform(_:from:to:listener:)`` throws.
    public func perform(
        _ request: some EditRequest, on sound: Waveform? = nil, listener: (EditEvent) throws -> Void = { _ in }
    ) throws -> Waveform {
        let destination = WaveformDestination()
        try perform(request, from: sound, to: destination, listener: listener)
        guard let result = destination.waveform else { preconditionFailure("an edit without a result") }
        return result
    }

    func perform(
        _ request: some EditRequest, _ plan: EditPlan, from source: (any SoundSource)?,
        to destination: any SoundDestination, _ log: EditLog
    ) throws -> EditReport {
        let settings = request.settings
        let encoding = settings.encoding?.audioEncoding
        func needed() throws -> any SoundSource {
            guard let source else { throw EditingError.noSource(job: request.job) }
            return source
        }
        // Refused before anything is made.
        _ = try loaded.walk(settings)
        switch plan {
        case .regions(let plan):
            return try edit(request, plan, try needed(), destination, encoding, log)
        case .upperBand(let plan):
            model.prefetch()
            let editing = try UpperBandEditing(
                loaded, settings, plan, try needed(), conditioner(request, log), log)
            let marked = try destination.marked {
                try mark([SynthesisMark.Part(lowest: editing.cutoff)], of: request)
            }
            let sink = MeteredSink(
                try marked.new(
                    rate: editing.rate, channels: editing.source.channelCount, frames: editing.frames,
                    from: editing.source, encoding: encoding), rate: editing.rate)
            try editing.write(to: sink)
            let written = try log.measure("write") { try sink.finish() }
            return EditReport(
                request, written, figures: try figures(of: sink, editing.rate, nil, log).first,
                cutoff: editing.hasUpperBand ? editing.cutoff : nil, log)
        case .extended(let plan):
            let editing = continuation(request, try needed(), destination, log)
            return report(request, try editing.extend(plan), log)
        case .loop(let plan):
            let editing = continuation(request, try needed(), destination, log)
            return report(request, try editing.loop(plan), log)
        case .new(let plan):
            let shortest = 1 / Double(loaded.vocoder.rate)
            try EditingError.demand(
                plan.duration >= shortest, .duration, "at least one sample, \(String(format: "%.6f", shortest)) s",
                plan.duration)
            let conditioner = try conditioner(request, log)
            let sound = NewSound(
                loaded: loaded, settings: settings, plan: plan, conditioner: conditioner, log: log)
            let marked = try destination.marked { try mark([SynthesisMark.Part()], of: request) }
            let sink = MeteredSink(
                try marked.new(
                    rate: loaded.vocoder.rate, channels: 1, frames: sound.frames, from: nil, encoding: encoding),
                rate: loaded.vocoder.rate)
            try sound.write(to: sink)
            let written = try log.measure("write") { try sink.finish() }
            let figures =
                destination is RecordingDestination
                ? nil : try figures(of: sink, loaded.vocoder.rate, conditioner, log).first
            return EditReport(request, written, figures: figures, log)
        }
    }

    /// What was measured of the stretches that were made.
    private func figures(
        of sink: MeteredSink, _ rate: Int, _ conditioner: Conditioner?, _ log: EditLog
    ) throws -> [EditReport.Figures] {
        try log.measure("measure") {
            let wanted = conditioner?.isPrompted == true ? try conditioner?.condition(hearing: .nothing)?.towards : nil
            return try sink.figures { try loaded.likeness(of: $0, rate: rate, to: wanted) }
        }
    }

    private func continuation(
        _ request: some EditRequest, _ source: any SoundSource, _ destination: any SoundDestination, _ log: EditLog
    ) -> ContinuationEditing {
        ContinuationEditing(
            loaded: loaded, settings: request.settings, source: source,
            destination: { frames, usesModel in
                if frames.isEmpty { return destination }
                let parts = frames.map { SynthesisMark.Part(seconds: $0.seconds(rate: source.rate)) }
                return try destination.marked { try self.mark(parts, of: request, usesModel: usesModel) }
            }, log: log
        ) { try self.conditioner(request, log) }
    }

    private func report(
        _ request: some EditRequest, _ outcome: ContinuationEditing.Outcome, _ log: EditLog
    ) -> EditReport {
        Self.noteLoss(outcome.written, outside: "outside what was made", log)
        return EditReport(
            request, outcome.written, isIdenticalOutside: outcome.written.isBitIdentical, edits: outcome.edits, log)
    }

    private static func noteLoss(_ written: SoundWriteReport, outside place: String, _ log: EditLog) {
        guard !written.isBitIdentical else { return }
        log.note(
            "\(written.format) cannot hold the source's samples exactly: \(place) they are close, not identical.")
    }

    private func conditioner(
        _ request: some EditRequest, sourcePrompt: String? = nil, _ log: EditLog
    ) throws -> Conditioner {
        let conditioner = try log.measure("condition") {
            try Conditioner(request.condition, sourcePrompt: sourcePrompt, loaded, log)
        }
        for note in conditioner.notes { log.note(note) }
        if request.condition.negativePrompt != nil, request.settings.guidance == 1 {
            log.note("The negative prompt was not heard: at guidance 1 only the prompt counts.")
        }
        return conditioner
    }

    /// Regions of a source are made by the model, and all else stays.
    private func edit(
        _ request: some EditRequest, _ plan: RegionPlan, _ source: any SoundSource,
        _ destination: any SoundDestination, _ encoding: AudioEncoding?, _ log: EditLog
    ) throws -> EditReport {
        let areas = try Self.areas(of: plan, in: source)
        let keepsNothing = areas.map(\.frames) == [0..<source.frames]
        let editing =
            plan.changesSomething
            ? FillEditing(
                loaded: loaded, settings: request.settings, plan: plan, source: source, areas: areas, log: log)
            : nil
        if editing?.usesModel == true { model.prefetch() }
        // Where nothing changes there is nothing to say.
        let marked =
            try editing.map { editing in
                try destination.marked {
                    try mark(
                        areas.flatMap { SynthesisMark.Part.parts($0, of: source) }, of: request,
                        usesModel: editing.usesModel)
                }
            } ?? destination
        let sink = MeteredSink(
            try marked.edited(source, encoding: encoding, keepsNothing: keepsNothing), rate: source.rate,
            source: source,
            comparesSource: (plan.image == .ofSource || !plan.start.hidesSource)
                && !(destination is RecordingDestination))
        var told: Conditioner?
        var edits: [EditReport.Edit] = []
        if let editing {
            edits = try editing.write(to: sink) {
                let conditioner = try conditioner(request, sourcePrompt: plan.restyling?.sourcePrompt, log)
                told = conditioner
                return conditioner
            }
        } else {
            log.note("Nothing was changed: strength 0 keeps the sound as it is.")
            try log.measure("write") { try sink.keep(source.frames) }
        }
        let written = try log.measure("write") { try sink.finish() }
        // Of a take that is only tried nothing is kept.
        if !(destination is RecordingDestination) {
            for (index, figures) in try figures(of: sink, source.rate, told, log).enumerated()
            where edits.indices.contains(index) { edits[index].figures = figures }
        }
        // Where everything was made anew there is no outside.
        let isIdentical = !edits.isEmpty && keepsNothing ? nil : written.isBitIdentical
        if isIdentical == false { Self.noteLoss(written, outside: "outside the regions", log) }
        return EditReport(request, written, isIdenticalOutside: isIdentical, edits: edits, log)
    }

    /// Regions in frames of a source, merged and checked, whatever their bands.
    static func fileFrames(of regions: [Region], in source: any SoundSource) throws(EditingError) -> [Range<Int>] {
        PassagePlan.merged(try frames(of: regions, in: source))
    }

    /// What a plan changes of a source, checked.
    static func areas(of plan: RegionPlan, in source: any SoundSource) throws(EditingError) -> [EditArea] {
        let everywhere = [EditArea(0..<source.frames)]
        let areas = plan.regions.isEmpty ? everywhere : try areas(of: plan.regions, in: source)
        if plan.needsSurroundings, areas == everywhere { throw .nothingAround(sound: source.label) }
        return areas
    }

    /// Regions as areas of a source, checked.
    static func areas(of regions: [Region], in source: any SoundSource) throws(EditingError) -> [EditArea] {
        let half = Double(source.rate) / 2
        var bands: [Region.Band?] = []
        for region in regions {
            if let band = region.band, band.low >= half { throw .bandOutside(region, highest: half) }
            // All frequencies of the sound are no band.
            bands.append(region.band.flatMap { $0.low <= 0 && $0.high >= half ? nil : $0 })
        }
        return EditArea.areas(of: zip(try frames(of: regions, in: source), bands).map { ($0, $1) })
    }

    private static func frames(of regions: [Region], in source: any SoundSource) throws(EditingError) -> [Range<Int>] {
        let rate = Double(source.rate)
        var ranges: [Range<Int>] = []
        for region in regions {
            try region.check()
            // Half a frame of grace: a duration that was printed with a few digits is still the sound's.
            let end = (region.end * rate).rounded()
            guard region.start >= 0, end <= Double(source.frames) + max(1, rate / 2000) else {
                throw .regionOutside(start: region.start, end: region.end, duration: source.duration)
            }
            let first = Int((region.start * rate).rounded())
            let last = min(Int(end), source.frames)
            guard first < last else { throw .regionTooShort(start: region.start, end: region.end, rate: source.rate) }
            ranges.append(first..<last)
        }
        return ranges
    }
}

extension EditReport {
    fileprivate init(
        _ request: any EditRequest, _ written: SoundWriteReport, isIdenticalOutside: Bool? = nil, edits: [Edit] = [],
        figures: Figures? = nil, cutoff: Double? = nil, _ log: EditLog
    ) {
        if written.clippedSamples > 0 {
            log.note("\(written.clippedSamples) samples were beyond full scale and were held to it.")
        }
        for note in written.notes { log.note(note) }
        self.init(
            request: request, output: written.name, duration: Double(written.frames) / Double(written.rate),
            rate: written.rate, channels: written.channels, format: written.format,
            isIdenticalOutside: isIdenticalOutside, edits: edits, figures: figures, cutoff: cutoff,
            remembered: log.remembered,
            stages: log.stages, networkCalls: log.networkCalls, seconds: log.elapsed, notes: log.notes)
    }
}
