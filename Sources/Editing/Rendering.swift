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
            if isLast && self.isLast { engine.release(.textEncoder, .audioEncoder) }
            let known = try log.measure("encode") { try bridged.map { try engine.model.autoencoder().encode($0) } }
            let latent = try denoised(
                cells, known: known, finished: finished, index: index, condition, log
            ) { try progress(0.05 + 0.8 * $0, "denoise") }
            if isLast && self.isLast { engine.release(.unet) }
            try progress(0.87, "decode")
            var mel = try log.measure("decode") {
                var mel = try engine.model.autoencoder().decode(latent)
                if let bridged, let known, !mask.drafts.isEmpty {
                    let detail = bridged - (try engine.model.autoencoder().decode(known))
                    mask.addDetail(detail, to: &mel, from: frames.lowerBound)
                }
                return mel
            }
            if isLast && self.isLast { engine.release(.autoencoder) }
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

    /// The latent of a segment, [1, T, F, C], given what is known of it.
    private func denoised(
        _ cells: Range<Int>, known: Tensor?, finished: Tensor?, index: Int, _ condition: Engine.Condition?,
        _ log: JobLog,
        advance: (Double) throws -> Void
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
                random: TorchRandom(seed: settings.seed(draw: draw + index)), condition: condition?.towards,
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
