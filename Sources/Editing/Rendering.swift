internal import Core

/// One passage made by the model: log-mel in, where there is a source, and log-mel out, segment by segment.
struct Rendering {
    let engine: Engine
    let settings: Settings
    /// nil for a sound from nothing.
    let sound: PassageSound?
    let mask: EditMask
    /// Latent frames.
    let cells: Int
    /// Latent frames up to which the network sees all at once.
    let single: Int
    /// Draws of the seed that were used up by other passages.
    let draw: Int
    /// Whether the networks are not needed after this passage.
    let isLast: Bool
    /// The condition for a segment, given its log-mel [1, T, F] if there is a source.
    let condition: (Tensor?) throws -> Engine.Condition?
    /// Chooses among several takes of each segment; nil: there is one.
    var choice: Choice?

    /// How often a segment is made, and how good its log-mel [1, T, F] is.
    struct Choice {
        let takes: Int
        let score: (Tensor) throws -> Float
    }

    /// Some finished frames of the passage's log-mel.
    struct Block {
        /// The first frame.
        let start: Int
        /// [1, T, F]
        let mel: Tensor
        let isLast: Bool
    }

    var plan: SegmentPlan { SegmentPlan(cells: cells, window: engine.window, single: single) }

    /// Calls `emit` with the log-mel, in order and without gaps; `advance` with the share of the passage that is done.
    func run(_ log: JobLog, advance: (Double, String) throws -> Void, emit: (Block) throws -> Void) throws {
        let plan = plan
        var finished: Tensor?
        var seam: Tensor?
        for (index, cells) in plan.segments.enumerated() {
            let isLast = index == plan.segments.count - 1
            func progress(_ share: Double, _ stage: String) throws {
                try advance((Double(index) + share) / Double(plan.segments.count), stage)
            }
            let frames = cells.lowerBound * engine.grid.factor..<cells.upperBound * engine.grid.factor
            try progress(0, "listen")
            let source = try log.measure("read") { try sound?.mel(frames) }
            let bridged = source.map { mask.bridged($0, from: frames.lowerBound) }
            let condition = try log.measure("condition") { try self.condition(bridged) }
            if isLast && self.isLast { engine.release(.textEncoder, .bandExtension) }
            let (latent, made) = try best(
                cells, bridged: bridged, finished: finished, index: index, condition, log, advance: progress)
            var mel = made
            if let source { mask.paste(source, into: &mel, from: frames.lowerBound) }
            if let seam { mel = Self.joined(seam, mel) }
            try progress(0.9, "vocode")
            let kept = isLast ? frames.count : frames.count - plan.overlap * engine.grid.factor
            let start = frames.lowerBound
            try emit(Block(start: start, mel: mel.sliced(axis: 1, 0..<kept), isLast: isLast))
            if !isLast {
                seam = mel.sliced(axis: 1, kept..<frames.count)
                finished = latent.sliced(axis: 1, cells.count - plan.overlap..<cells.count)
                // Segments differ by a frame in length: what fitted the one is not what the next asks for.
                Tensor.releaseUnusedMemory()
            }
        }
    }

    /// The latent [1, T, F, C] and the log-mel [1, T, F] of a segment: of its takes those that score best.
    private func best(
        _ cells: Range<Int>, bridged: Tensor?, finished: Tensor?, index: Int, _ condition: Engine.Condition?,
        _ log: JobLog, advance: (Double, String) throws -> Void
    ) throws -> (latent: Tensor, mel: Tensor) {
        let known = try log.measure("encode") { try bridged.map { try engine.model.autoencoder().encode($0) } }
        let takes = choice?.takes ?? 1
        var best: (latent: Tensor, mel: Tensor, score: Float)?
        for take in 0..<takes {
            let share = { (done: Double) in 0.05 + 0.83 * (Double(take) + done) / Double(takes) }
            let isLast = self.isLast && index == plan.segments.count - 1 && take == takes - 1
            let latent = try denoised(
                cells, known: known, finished: finished, draw: draw + take * plan.segments.count + index, condition, log
            ) { try advance(share(0.95 * $0), "denoise") }
            if isLast { engine.release(.unet) }
            try advance(share(0.97), "decode")
            let mel = try log.measure("decode") {
                try decoded(latent, known, bridged, from: cells.lowerBound * engine.grid.factor)
            }
            if isLast { engine.release(.autoencoder) }
            let score = try log.measure("choose") { try choice?.score(mel) ?? 0 }
            if isLast { engine.release(.audioEncoder) }
            if best.map({ score > $0.score }) ?? true { best = (latent, mel, score) }
        }
        guard let best else { preconditionFailure("no take was asked for") }
        return (best.latent, best.mel)
    }

    /// The log-mel [1, T, F] of a latent, with the detail that the autoencoder took from the drafts.
    private func decoded(_ latent: Tensor, _ known: Tensor?, _ bridged: Tensor?, from start: Int) throws -> Tensor {
        let autoencoder = try engine.model.autoencoder()
        var mel = autoencoder.decode(latent)
        if let bridged, let known, !mask.drafts.isEmpty {
            mask.addDetail(bridged - autoencoder.decode(known), to: &mel, from: start)
        }
        return mel
    }

    /// The latent of a segment, [1, T, F, C], given what is known of it.
    private func denoised(
        _ cells: Range<Int>, known: Tensor?, finished: Tensor?, draw: Int, _ condition: Engine.Condition?,
        _ log: JobLog, advance: (Double) throws -> Void
    ) throws -> Tensor {
        let channels = engine.model.autoencoderConfiguration.latentChannels
        let shape = [1, cells.count, engine.grid.bins, channels]
        var map =
            known == nil
            ? StrengthMap(repeating: 1, frames: cells.count, bins: engine.grid.bins)
            : mask.map(cells: cells, engine.grid)
        var known = known
        if let finished {
            // The end of the segment before is known by now, and is the context of this one.
            let rest =
                known.map { $0.sliced(axis: 1, finished.shape[1]..<cells.count) }
                ?? .zeros([1, cells.count - finished.shape[1], shape[2], channels])
            known = .concatenated([finished, rest], axis: 1)
            map.hold(frames: 0..<finished.shape[1])
        }
        return try log.measure("denoise") {
            let network = try engine.model.unet()
            let walk = try engine.walk(settings)
            let denoising = Denoising(
                { network($0, timestep: $1, condition: $2) }, walk: walk, options: engine.options(settings),
                shape: shape,
                random: TorchRandom(seed: settings.seed(draw: draw)), condition: condition?.towards,
                negative: condition?.away,
                windows: DenoisingWindows(frames: cells.count, length: max(plan.window, 1), overlap: plan.overlap),
                source: known.map { Denoising.Source(latent: $0, strengths: map.strengths) })
            var iterator = denoising.makeIterator()
            while let step = iterator.next() { try advance(Double(step.number) / Double(denoising.count)) }
            return iterator.latent
        }
    }

    /// Two renderings of the same frames faded into each other; the second goes on.
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
