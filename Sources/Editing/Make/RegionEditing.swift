internal import Core

/// Edits regions of a source: each passage is made by the model and comes back into the source's regions; all else is kept.
struct RegionEditing {
    let loaded: LoadedModel
    let settings: Settings
    let plan: RegionPlan
    let source: any SoundSource
    /// Sorted and apart.
    let areas: [EditArea]
    let conditioner: Conditioner
    let log: EditLog

    /// Windows of a passage up to which drafts are looked for: beyond, all of it would have to be held at once.
    static let mostWindows = 16

    /// A window of the model, in frames of a source.
    static func window(_ loaded: LoadedModel, _ source: any SoundSource) -> Int {
        loaded.window * loaded.grid.cellSamples * source.rate / loaded.rate
    }

    /// File frames, sorted and apart.
    private var regions: [Range<Int>] { areas.map(\.frames) }

    /// The area that lies at a region.
    private func area(_ region: Range<Int>) -> EditArea { areas.first { $0.frames == region } ?? EditArea(region) }

    /// Windows of the surroundings from which a sound goes on: about half a minute.
    private static let windowsToGoBy = 3

    /// Writes the whole edited sound and gives the figures of each region.
    func write(to sink: any SoundSink) throws -> [EditReport.Edit] {
        let ceiling = PeakCeiling(source, limit: sink.fullScale)
        let passages = PassagePlan.plans(for: regions, window: Self.window(loaded, source), of: source.frames)
        let total = passages.reduce(0) { $0 + $1.frames.count }
        var edits: [EditReport.Edit] = []
        var (done, draw, position) = (0, 0, 0)
        for passage in passages {
            let share =
                Double(done) / Double(total)..<Double(done + passage.frames.count) / Double(total)
            let origin = Double(passage.frames.lowerBound) / Double(source.rate)
            let progress = log.progress.passage(at: origin, share)
            edits += try write(passage, to: sink, under: ceiling, position: &position, draw: &draw, progress)
            done += passage.frames.count
        }
        try log.measure("write") { try sink.keep(source.frames - position) }
        return edits
    }

    private func write(
        _ passage: PassagePlan, to sink: any SoundSink, under ceiling: PeakCeiling, position: inout Int,
        draw: inout Int, _ progress: ProgressSpan
    ) throws -> [EditReport.Edit] {
        try progress.advance(to: 0, "listen")
        let context = try log.measure("listen") {
            try RegionContext(source, passage, regions: regions, top: loaded.top, plan)
        }
        if context.isDull {
            log.note("The recording ends at \(Int(context.cutoff.rounded())) Hz, and so does what was made.")
        }
        let axes = PassageAxes(source, from: passage.frames.lowerBound, loaded)
        let reader = PassageReader(context.source, axes.vocoder, weights: context.weights)
        let (generator, samples) = try generator(passage, axes, context, reader, firstDraw: draw, progress)
        draw += generator.plan.segments.count

        let wanted = passage.regions.map { RegionBuffer.wanted($0, reader) }
        let frames = generator.plan.cells * loaded.grid.factor
        var window = SampleWindow(
            VocoderStream(
                generator, loaded.vocoder, wanted: axes.melFrames(underVocoderSamples: wanted, below: frames),
                drafts: samples, log))
        var edits: [EditReport.Edit] = []
        for (index, region) in passage.regions.enumerated() {
            var buffer = try RegionBuffer(area(region), reader, drafts: samples, context, ceiling)
            let needed = index + 1 < wanted.count ? wanted[index + 1].lowerBound : .max
            try log.measure("write") { try sink.keep(region.lowerBound - position) }
            while let channels = try buffer.next(from: &window, keeping: needed, log) {
                try log.measure("write") { try sink.write(channels) }
            }
            position = region.upperBound
            edits += buffer.reports(start: start(of: region, axes, generator))
            if let note = buffer.note { log.note(note) }
        }
        return edits
    }

    /// What a region started from; nil where that is the source.
    private func start(of region: Range<Int>, _ axes: PassageAxes, _ generator: PassageGenerator) -> FillStart? {
        guard plan.start.hidesSource else { return nil }
        let frames = loaded.grid.frames(touching: axes.model.samples(ofFileFrames: region))
        return generator.drafted.contains { $0.overlaps(frames) } ? .passage : .line
    }

    /// The strength up to which a draft is changed so little that what is made of it is made of its samples.
    private static let mostOfSamples: Float = 0.5

    /// What the model is to make of a passage: one channel, what of it changes, what it starts from, and what the model is told; and the
    /// samples that drafts were taken from, which the reader reads.
    private func generator(
        _ passage: PassagePlan, _ axes: PassageAxes, _ context: RegionContext, _ reader: PassageReader, firstDraw: Int,
        _ progress: ProgressSpan
    ) throws -> (PassageGenerator, samples: [DraftSamples]) {
        var sound = PassageMel(PassageReader(context.source, axes.model, weights: context.weights), loaded.logMel)
        let cells = axes.cells(upToFileFrame: passage.frames.upperBound)
        let frames = cells * loaded.grid.factor
        var change = change(passage, axes, frames: frames, cutoff: context.cutoff)
        if change.firstBand < loaded.grid.bands {
            // The network knows full bands. What it is shown above the recording's end goes nowhere.
            change.upper = try log.measure("listen") { try ChangeMap.Upper(loaded, strength: 0) }
        }

        var samples: [DraftSamples] = []
        let isContinued = plan.start is ContinuationStart
        let isDrafted =
            plan.start.hasDrafts && plan.largestStrength < 1
            && (isContinued || frames <= Self.mostWindows * loaded.windowFrames)
        var near = stretches(
            change, passage, axes, reach: loaded.model.audioEncoderConfiguration?.maximumFrames ?? 0)
        // What is edited everywhere, in some of its bands, is around itself.
        if near.isEmpty, !change.rectangles.isEmpty { near = [0..<frames] }
        if isDrafted || (cells <= loaded.window && conditioner.isHearing) {
            let known =
                isDrafted
                ? stretches(
                    change, passage, axes, reach: (isContinued ? Self.windowsToGoBy : 1) * loaded.windowFrames) : near
            let heard = min(0, known.first?.lowerBound ?? 0)..<max(frames, known.last?.upperBound ?? 0)
            try log.measure("read") { try sound.prepare(heard) }
            if isDrafted {
                let passage = HeardPassage(
                    sound, known: known, heard: heard, bands: min(change.firstBand, loaded.grid.bands), loaded)
                change.drafts = try log.measure("listen") { try drafts(change, passage) }
                change.rectangles = try log.measure("listen") { try drafted(change.rectangles, passage) }
                if plan.largestStrength <= Self.mostOfSamples {
                    samples = try log.measure("read") {
                        try change.drafts.compactMap {
                            try passage.samples(ofDraftFor: $0.span, reader, hop: axes.vocoderHop)
                        }
                    }
                }
            }
        }
        let condition = try log.measure("condition") {
            try conditioner.condition(
                hearing: HeardSound(
                    rate: axes.model.rate,
                    mels: { try near.map { change.bridged(try sound.mel($0), from: $0.lowerBound) } },
                    samples: { try near.map(sound.samples(under:)) }))
        }
        let generator = PassageGenerator(
            loaded, settings, sound: sound, change: change, cells: cells, single: loaded.window,
            isDrafted: plan.startsFromSource, conditions: .fixed(condition),
            restyling: plan.restyling.map { ($0, conditioner) }, firstDraw: firstDraw,
            progress: progress)
        return (generator, samples)
    }

    /// What changes: the regions with all that their samples reach into, what lies beyond the source's end, and the bands above the
    /// source's cut-off.
    private func change(_ passage: PassagePlan, _ axes: PassageAxes, frames: Int, cutoff: Double) -> ChangeMap {
        let grid = loaded.grid
        func touched(_ part: Range<Int>) -> Range<Int> {
            let samples = axes.model.samples(ofFileFrames: part)
            return plan.start.hidesSource ? grid.frames(touching: samples) : grid.frames(centredIn: samples)
        }
        // A map says by itself which bands it is about.
        var isMap = false
        if case .map = plan.strength { isMap = true }
        let places = areas.filter { isMap || !$0.isBanded }.compactMap { area -> Range<Int>? in
            let part = area.frames.clamped(to: passage.frames)
            guard !part.isEmpty else { return nil }
            let span = touched(part).clamped(to: 0..<frames)
            return span.isEmpty ? nil : span
        }
        var rectangles: [MelRectangle] = []
        if case .uniform(let strength) = plan.strength {
            rectangles = areas.flatMap(\.rectangles).compactMap { rectangle in
                let part = rectangle.frames.clamped(to: passage.frames)
                let bands = grid.bands(over: rectangle.band).clamped(to: 0..<grid.firstBand(above: cutoff))
                guard !part.isEmpty, !bands.isEmpty else { return nil }
                let span = touched(part).clamped(to: 0..<frames)
                let strength = plan.start.hidesSource ? 1 : strength
                return span.isEmpty
                    ? nil : MelRectangle(frames: span, bands: bands, band: rectangle.band, strength: strength)
            }
        }
        var (strength, mapPlaces) = (plan.strength, [Range<Int>]())
        switch plan.strength {
        // What has no draft is made from nothing.
        case .uniform: if plan.start.hidesSource { strength = .uniform(1) }
        case .map: mapPlaces = places
        }
        return ChangeMap(
            spans: PassagePlan.merged(places + axes.melFramesBeyondEnd(of: frames)), strength: strength,
            hidesSource: plan.start.hidesSource, firstBand: grid.firstBand(above: cutoff), mapPlaces: mapPlaces,
            rectangles: rectangles)
    }

    /// A draft for each span that the starting point has one for.
    private func drafts(_ change: ChangeMap, _ passage: HeardPassage) throws -> [ChangeMap.Draft] {
        guard !passage.known.isEmpty else { return [] }
        return try change.spans.compactMap { span in
            guard let mel = try plan.start.draft(of: span, in: passage) else { return nil }
            precondition(mel.shape == [1, span.count, passage.bands], "a draft of another shape than its stretch")
            return ChangeMap.Draft(span: span, strength: plan.largestStrength, mel: mel.elements)
        }
    }

    /// Rectangles with the drafts that the starting point has for them.
    private func drafted(_ rectangles: [MelRectangle], _ passage: HeardPassage) throws -> [MelRectangle] {
        try rectangles.map { rectangle in
            guard
                let mel = try plan.start.draft(
                    of: rectangle.frames, band: rectangle.band, bands: rectangle.bands, in: passage)
            else { return rectangle }
            precondition(
                mel.shape == [1, rectangle.frames.count, rectangle.bands.count],
                "a draft of another shape than its rectangle")
            var result = rectangle
            (result.strength, result.draft) = (plan.largestStrength, mel.elements)
            return result
        }
    }

    /// The mel frames by which the surroundings are known: `reach` frames to either side of what changes, and what is kept in between.
    private func stretches(_ change: ChangeMap, _ passage: PassagePlan, _ axes: PassageAxes, reach: Int) -> [Range<Int>]
    {
        let touched = change.touched
        guard let first = touched.first, let last = touched.last else { return [] }
        let hop = loaded.grid.frontEnd.hopSize
        // As far as the source and other passages' regions allow.
        let before = regions.last { $0.upperBound <= passage.frames.lowerBound }?.upperBound ?? 0
        let after = regions.first { $0.lowerBound >= passage.frames.upperBound }?.lowerBound ?? source.frames
        let low = max(first.lowerBound - reach, axes.model.sample(atFileFrame: before) / hop + 4)
        let high = min(last.upperBound + reach, axes.model.sample(atFileFrame: after) / hop - 4)
        var stretches: [Range<Int>] = []
        if low < first.lowerBound { stretches.append(low..<first.lowerBound) }
        for (a, b) in zip(touched, touched.dropFirst()) { stretches.append(a.upperBound..<b.lowerBound) }
        if last.upperBound < high { stretches.append(last.upperBound..<high) }
        return stretches
    }
}
