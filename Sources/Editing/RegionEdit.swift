internal import Core

/// The edit of some regions of a file: each passage is made by the model and comes back into the file's regions.
struct RegionEdit {
    let engine: Engine
    let settings: Settings
    let file: AudioFile
    /// Whether nothing of what is in the regions matters.
    let isNew: Bool
    /// How much the regions may change; where they are made anew, their draft.
    let strength: Float
    /// Frames of the file, sorted and apart.
    let regions: [Range<Int>]
    let log: JobLog

    /// Hands over what replaces the regions, in order, and gives the figures of each.
    func run(replace: (_ frame: Int, _ channels: [[Float]]) throws -> Void) throws -> [Report.Edit] {
        let window = engine.window * engine.grid.cellSamples * file.rate / engine.rate
        let plans = PassagePlan.plans(for: regions, window: window, of: file.frames)
        let total = plans.reduce(0) { $0 + $1.frames.count }
        var edits: [Report.Edit] = []
        var (done, draw) = (0, 0)
        for (index, plan) in plans.enumerated() {
            let isLast = index == plans.count - 1
            func advance(_ share: Double, _ stage: String) throws {
                try log.advance(to: (Double(done) + share * Double(plan.frames.count)) / Double(total), stage)
            }
            edits += try run(plan, draw: &draw, isLast: isLast, replace: replace, advance: advance)
            done += plan.frames.count
        }
        return edits
    }

    private func run(
        _ plan: PassagePlan, draw: inout Int, isLast: Bool, replace: (Int, [[Float]]) throws -> Void,
        advance: (Double, String) throws -> Void
    ) throws -> [Report.Edit] {
        // 1. The passage as one channel, and what of it is to change.
        try advance(0, "listen")
        let context = try log.measure("listen") {
            try FillContext(file, plan, regions: regions, top: engine.top, isNew: isNew)
        }
        var sound = PassageSound(file, frames: plan.frames, weights: context.weights, logMel: engine.logMel)
        let samples = sound.samples(of: plan.frames).upperBound
        let cells = max(1, (samples + engine.grid.cellSamples - 1) / engine.grid.cellSamples)
        let frames = cells * engine.grid.factor
        var mask = mask(sound, frames: frames, cutoff: context.cutoff)

        if mask.firstBand < engine.grid.bands {
            // The network knows full bands. What it is shown above the recording's end goes nowhere.
            mask.upper = try log.measure("listen") { try EditMask.Upper(engine, strength: 0) }
        }
        if context.isDull {
            log.note("The recording ends at \(Int(context.cutoff.rounded())) Hz, and so does what was made.")
        }

        // 2. What the model is told.
        let window = engine.window * engine.grid.factor
        let stretches = stretches(mask, sound, reach: engine.model.audioEncoderConfiguration?.maximumFrames ?? 0)
        let isDrafted = isNew && strength < 1 && frames <= Self.mostWindows * window
        if isDrafted || (cells <= engine.window && settings.prompt == nil) {
            let heard = isDrafted ? self.stretches(mask, sound, reach: window) : stretches
            let low = min(0, heard.first?.lowerBound ?? 0)
            let high = max(frames, heard.last?.upperBound ?? 0)
            try log.measure("read") { try sound.prepare(low..<high) }
            if isDrafted {
                mask.drafts = try log.measure("listen") { try drafts(mask, sound, heard, longest: window) }
            }
        }
        let condition = try log.measure("condition") {
            try engine.condition(settings) {
                try stretches.map { mask.bridged(try sound.mel($0), from: $0.lowerBound) }
            }
        }
        if isLast { engine.release(.textEncoder, .audioEncoder, .bandExtension) }

        let voice = SoundReader(file, from: plan.frames.lowerBound, rate: engine.voice.rate, weights: context.weights)
        // 3. The model, the vocoder where the regions are, and the way back.
        let rendering = Rendering(
            engine: engine, settings: settings, sound: sound, mask: mask, cells: cells, single: engine.window,
            draw: draw,
            isLast: isLast, condition: { _ in condition })
        draw += rendering.plan.segments.count
        var fills = try plan.regions.map { try RegionFill($0, voice, context) }
        var stream: VocoderStream?
        try rendering.run(log, advance: advance) { block in
            var vocoding =
                try stream
                ?? log.measure("vocode") {
                    let wanted = plan.regions.map { RegionFill.wanted($0, voice) }
                    return try VocoderStream(engine.voice, wanted: frameRanges(wanted, below: frames))
                }
            try vocoding.push(block, log) { piece in
                for index in fills.indices { try fills[index].push(piece, log, replace: replace) }
            }
            stream = vocoding
        }
        for index in fills.indices { try fills[index].finish(log, replace: replace) }
        if isLast { engine.release(.vocoder) }
        return fills.map(\.report)
    }

    /// What changes: the regions with all that their samples reach into, what lies beyond the file's end, and the bands above the
    /// file's cut-off.
    private func mask(_ sound: PassageSound, frames: Int, cutoff: Double) -> EditMask {
        let grid = engine.grid
        var spans = regions.compactMap { region -> Range<Int>? in
            let part = region.clamped(to: sound.frames)
            guard !part.isEmpty else { return nil }
            let samples = sound.samples(of: part)
            let touched = isNew ? grid.frames(touching: samples) : grid.frames(centredIn: samples)
            return touched.clamped(to: 0..<frames)
        }
        spans += sound.framesBeyondEnd(of: frames)
        return EditMask(
            spans: PassagePlan.merged(spans.filter { !$0.isEmpty }), strength: isNew ? 1 : strength,
            firstBand: grid.firstBand(above: cutoff), softness: 0)
    }

    /// Windows of a passage up to which drafts are looked for: beyond, all of it would have to be held at once.
    private static let mostWindows = 16

    /// A draft for each gap that is no longer than `longest` and has a passage in the stretches that fits.
    private func drafts(
        _ mask: EditMask, _ sound: PassageSound, _ stretches: [Range<Int>], longest: Int
    ) throws -> [EditMask.Draft] {
        guard let low = stretches.first?.lowerBound, let high = stretches.last?.upperBound else { return [] }
        let exemplar = Exemplar(
            try sound.mel(low..<high), known: stretches.map { $0.lowerBound - low..<$0.upperBound - low },
            bands: min(mask.firstBand, engine.grid.bands))
        return mask.spans.compactMap { span in
            guard span.count <= longest, let mel = exemplar.draft(for: span.lowerBound - low..<span.upperBound - low)
            else { return nil }
            return EditMask.Draft(span: span, strength: strength, mel: mel)
        }
    }

    /// The mel frames by which the surroundings are known: `reach` frames to either side of what changes, and what is kept in between.
    private func stretches(_ mask: EditMask, _ sound: PassageSound, reach: Int) -> [Range<Int>] {
        guard let first = mask.spans.first, let last = mask.spans.last else { return [] }
        let hop = engine.grid.frontEnd.hopSize
        // As far as the file and other passages' regions allow.
        let before = regions.last { $0.upperBound <= sound.frames.lowerBound }?.upperBound ?? 0
        let after = regions.first { $0.lowerBound >= sound.frames.upperBound }?.lowerBound ?? file.frames
        let low = max(first.lowerBound - reach, sound.reader.sample(at: before - sound.frames.lowerBound) / hop + 4)
        let high = min(last.upperBound + reach, sound.reader.sample(at: after - sound.frames.lowerBound) / hop - 4)
        var stretches: [Range<Int>] = []
        if low < first.lowerBound { stretches.append(low..<first.lowerBound) }
        for (a, b) in zip(mask.spans, mask.spans.dropFirst()) { stretches.append(a.upperBound..<b.lowerBound) }
        if last.upperBound < high { stretches.append(last.upperBound..<high) }
        return stretches
    }

    /// The mel frames under some samples, merged.
    private func frameRanges(_ samples: [Range<Int>], below count: Int) -> [Range<Int>] {
        let hop = engine.voice.hopSize
        return PassagePlan.merged(
            samples.map { ($0.lowerBound / hop..<($0.upperBound + hop - 1) / hop).clamped(to: 0..<count) })
    }
}
