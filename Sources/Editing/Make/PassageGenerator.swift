internal import Core

/// Some finished mel frames of a passage.
struct MelBlock {
    /// The first frame.
    let start: Int
    /// [1, T, F]
    let mel: Tensor
    let isLast: Bool
}

/// The log-mel of one passage as the model makes it, segment by segment, when it is asked for.
struct PassageGenerator {
    /// Where the conditions of the segments come from.
    enum Conditions {
        /// One for all.
        case fixed(NetworkCondition?)
        /// For each what its own sound says.
        case ofSegment(Conditioner)
    }

    private let loaded: LoadedModel
    private let settings: Settings
    /// nil for a sound from nothing.
    private let sound: PassageMel?
    private let change: ChangeMap
    private let conditions: Conditions
    /// How the source is led to the condition, and who says what the source is; nil where it is led nowhere.
    private let restyling: (way: RegionPlan.Restyling, conditioner: Conditioner)?
    /// nil where there is one take, and when the last one was made: it keeps the audio tower.
    private var choice: TakeChoice?
    /// Draws of the seed that were used up by other passages.
    private let firstDraw: Int
    private let progress: ProgressSpan
    let plan: SegmentPlan

    /// The next segment.
    private var index = 0
    /// The end of the latent before, which the next segment goes on from.
    private var finished: Tensor?
    /// The end of the log-mel before, which fades into the next segment's.
    private var seam: Tensor?
    /// Kept in memory from segment to segment, whatever the store lets go of.
    private var unet: UNet?

    /// - Parameters:
    ///   - cells: latent cells of the passage.
    ///   - single: latent cells up to which the network sees all at once.
    ///   - isDrafted: whether what changes starts from something everywhere.
    init(
        _ loaded: LoadedModel, _ settings: Settings, sound: PassageMel?, change: ChangeMap, cells: Int, single: Int,
        isDrafted: Bool = false, conditions: Conditions,
        restyling: (way: RegionPlan.Restyling, conditioner: Conditioner)? = nil,
        choice: TakeChoice? = nil, firstDraw: Int = 0, progress: ProgressSpan
    ) {
        self.loaded = loaded
        self.settings = settings
        self.sound = sound
        self.change = change
        self.conditions = conditions
        self.restyling = restyling
        self.choice = choice
        self.firstDraw = firstDraw
        self.progress = progress
        plan = SegmentPlan(cells: cells, window: loaded.window, single: single, isDrafted: isDrafted)
    }

    /// The mel frames that begin with something instead of nothing.
    var drafted: [Range<Int>] { change.drafted }

    /// The next frames, without a gap after those before; nil at the end.
    mutating func next() throws -> MelBlock? {
        guard index < plan.segments.count else { return nil }
        let cells = plan.segments[index]
        let isLast = index == plan.segments.count - 1
        let factor = loaded.grid.factor
        let frames = cells.lowerBound * factor..<cells.upperBound * factor
        let progress = progress.part(index, of: plan.segments.count)
        let log = progress.log

        // 1. What is known.
        try progress.advance(to: 0, "listen")
        let source = try log.measure("read") { try sound?.mel(frames) }
        let empty = source.map(change.emptyCells) ?? []
        let bridged = source.map { change.bridged($0, from: frames.lowerBound, empty: empty) }
        let told = try log.measure("condition") { try condition(hearing: bridged, of: frames) }
        let known = try log.measure("encode") { try bridged.map { try loaded.model.autoencoder().encode($0) } }
        let dynamics = try log.measure("encode") { try self.dynamics(of: source, bridged, known) }

        // 2. The takes.
        let takes = choice?.takes ?? 1
        let making = progress.part(0.05..<0.88)
        var best: (take: Take, score: Float)?
        for number in 0..<takes {
            let take = try make(
                number, of: takes, cells, known: known, bridged: bridged, empty: empty, dynamics, told,
                making.part(number, of: takes))
            let score = try log.measure("choose") { try choice?.score(take.mel) ?? 0 }
            if best.map({ score > $0.score }) ?? true { best = (take, score) }
        }
        guard let kept = best?.take else { preconditionFailure("no take was asked for") }
        if isLast { choice = nil }

        // 3. Together with what is kept and what was made before.
        var mel = kept.mel
        if let source { change.paste(source, into: &mel, from: frames.lowerBound, loaded.grid, empty: empty) }
        change.raiseUpper(&mel, empty: empty)
        if let seam { mel = Self.joined(seam, mel) }
        try progress.advance(to: 0.9, "vocode")
        let count = isLast ? frames.count : frames.count - plan.overlap * factor
        if !isLast {
            seam = mel.sliced(axis: 1, count..<frames.count)
            finished = kept.latent.sliced(axis: 1, cells.count - plan.overlap..<cells.count)
        }
        index += 1
        return MelBlock(start: frames.lowerBound, mel: mel.sliced(axis: 1, 0..<count), isLast: isLast)
    }

    private func condition(hearing bridged: Tensor?, of frames: Range<Int>) throws -> NetworkCondition? {
        let heard = HeardSound(
            rate: loaded.rate, mels: { bridged.map { [$0] } ?? [] },
            samples: { try sound.map { [try $0.samples(under: frames)] } ?? [] })
        var condition =
            switch conditions {
            case .fixed(let condition): condition
            case .ofSegment(let conditioner): try conditioner.condition(hearing: heard)
            }
        if let restyling, restyling.way.method != .noise {
            condition?.source = try restyling.conditioner.source(hearing: heard)
        }
        return condition
    }

    /// The loudness that what is made follows; nil where it follows none.
    private func dynamics(of source: Tensor?, _ bridged: Tensor?, _ known: Tensor?) throws -> Dynamics? {
        guard restyling?.way.kept == .dynamics, let source, let bridged, let known else { return nil }
        let autoencoder = try loaded.model.autoencoder()
        return Dynamics(
            of: source, bands: change.firstBand,
            encoded: change.hidesSource ? (source, autoencoder.encode(source)) : (bridged, known), autoencoder,
            loaded.grid)
    }

    /// A latent [1, T, F, C] and its log-mel [1, T, F].
    private struct Take {
        let latent: Tensor
        let mel: Tensor
    }

    /// One making of a segment.
    private mutating func make(
        _ number: Int, of takes: Int, _ cells: Range<Int>, known: Tensor?, bridged: Tensor?, empty: [Bool],
        _ dynamics: Dynamics?, _ condition: NetworkCondition?, _ progress: ProgressSpan
    ) throws -> Take {
        let log = progress.log
        let draw = firstDraw + number * plan.segments.count + index
        let latent = try log.measure("denoise") {
            // Segments differ by a frame in length: what fitted the one is not what the next asks for.
            if index > 0, number == 0 { Tensor.releaseUnusedMemory() }
            let network = try unet ?? loaded.model.unet()
            let isLast = index == plan.segments.count - 1 && number == takes - 1
            unet = isLast ? nil : network
            return try denoised(
                cells, network, known: known, empty: empty, dynamics, draw: draw, condition, progress.part(0..<0.95))
        }
        try progress.advance(to: 0.97, "decode")
        let mel = try log.measure("decode") {
            let mel = try decoded(latent, known, bridged, from: cells.lowerBound * loaded.grid.factor)
            return dynamics?.kept(in: mel) ?? mel
        }
        return Take(latent: latent, mel: mel)
    }

    /// The log-mel [1, T, F] of a latent, with the detail that the autoencoder took from the drafts.
    private func decoded(_ latent: Tensor, _ known: Tensor?, _ bridged: Tensor?, from start: Int) throws -> Tensor {
        let autoencoder = try loaded.model.autoencoder()
        guard let bridged, let known else { return autoencoder.decode(latent) }
        let factor = loaded.grid.factor
        let cells = decodedCells(of: latent.shape[1])
        let frames = cells.lowerBound * factor..<cells.upperBound * factor
        var mel = autoencoder.decode(latent.sliced(axis: 1, cells))
        if change.hasDetail {
            let detail = bridged.sliced(axis: 1, frames) - autoencoder.decode(known.sliced(axis: 1, cells))
            change.addDetail(detail, to: &mel, from: start + frames.lowerBound)
        }
        let (before, after) = (0..<frames.lowerBound, frames.upperBound..<bridged.shape[1])
        return .concatenated([bridged.sliced(axis: 1, before), mel, bridged.sliced(axis: 1, after)], axis: 1)
    }

    /// Seconds to either side of what changes that are decoded with it.
    private static let decodedMargin = 0.64

    /// The cells of a segment that are decoded: those that change and some beside them. The others get the source's log-mel anyway; an
    /// autoencoder in which they matter to all cells sees them all.
    private func decodedCells(of count: Int) -> Range<Int> {
        let (whole, touched) = (0..<count, change.touched)
        guard plan.segments.count == 1, change.staysWithinTouched, !loaded.model.autoencoderConfiguration.attends,
            let low = touched.first?.lowerBound, let high = touched.last?.upperBound
        else { return whole }
        let margin = Int((Self.decodedMargin * loaded.model.frontEnd.frameRate).rounded())
        return loaded.grid.cells(over: low - margin..<high + margin).clamped(to: whole)
    }

    /// The latent of a segment, [1, T, F, C], given what is known of it.
    private func denoised(
        _ cells: Range<Int>, _ network: UNet, known: Tensor?, empty: [Bool], _ dynamics: Dynamics?, draw: Int,
        _ condition: NetworkCondition?, _ progress: ProgressSpan
    ) throws -> Tensor {
        let channels = loaded.model.autoencoderConfiguration.latentChannels
        let shape = [1, cells.count, loaded.grid.bins, channels]
        var map =
            known == nil
            ? StrengthMap(repeating: 1, frames: cells.count, bins: loaded.grid.bins)
            : change.strengths(cells: cells, loaded.grid, empty: empty)
        var known = known
        if let finished {
            // The end of the segment before is known by now, and is the context of this one.
            let rest =
                known.map { $0.sliced(axis: 1, finished.shape[1]..<cells.count) }
                ?? .zeros([1, cells.count - finished.shape[1], shape[2], channels])
            known = .concatenated([finished, rest], axis: 1)
            map.hold(frames: 0..<finished.shape[1])
        }
        let log = progress.log
        let denoising = Denoising(
            { latent, timestep, condition in
                log.networkCalls += 1
                return network(latent, timestep: timestep, condition: condition)
            }, walk: try loaded.walk(settings),
            options: loaded.denoisingOptions(settings, restyling?.way), shape: shape,
            random: TorchRandom(seed: settings.seed(draw: draw)), condition: condition?.towards,
            negative: condition?.away,
            windows: DenoisingWindows(frames: cells.count, length: max(plan.window, 1), overlap: plan.overlap),
            source: known.map {
                Denoising.Source(latent: $0, strengths: map.strengths, condition: condition?.source)
            }, correction: dynamics.map { dynamics in { dynamics.corrected($0, at: $1) } })
        var iterator = denoising.makeIterator()
        while let step = iterator.next() {
            try progress.advance(to: Double(step.number) / Double(denoising.count), "denoise")
            try progress.show(step.clean, from: cells.lowerBound, loaded)
        }
        return iterator.latent
    }

    /// Two makings of the same frames faded into each other; the second goes on.
    private static func joined(_ before: Tensor, _ mel: Tensor) -> Tensor {
        let (count, bands) = (before.shape[1], before.shape[2])
        var result = mel
        result.withMutableSpan { target in
            before.withSpan { source in
                for frame in 0..<count {
                    let share = (Float(frame) + 0.5) / Float(count)
                    for index in frame * bands..<(frame + 1) * bands {
                        target[index] = share * target[index] + (1 - share) * source[index]
                    }
                }
            }
        }
        return result
    }
}
