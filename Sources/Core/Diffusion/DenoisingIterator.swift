/// The state of a denoising loop between its steps: `Denoising` makes it, and each call of `next` computes one step.
public struct DenoisingIterator: IteratorProtocol {
    private let loop: Denoising
    private var random: TorchRandom
    private var position = 0
    private var done = 0
    /// What the step before took for the clean latent, for multistep solvers; nil after a jump.
    private var previousClean: Tensor?
    /// [B, T, F, C]: what is walked, the latent or its difference from the prior.
    private var walked: Tensor
    /// What the loop has come to, [B, T, F, C]. Before the first step it is noise, and the source where nothing is to
    /// change.
    public var latent: Tensor { loop.prior.map { walked + $0 } ?? walked }

    init(_ loop: Denoising) {
        self.loop = loop
        random = loop.random
        walked = random.normal(channelsLast: loop.shape)
        guard let source = loop.source, let schedule = loop.schedule else { return }
        if schedule.start == schedule.steps {
            walked = source.latent
        } else {
            let level = loop.walk.levels[schedule.start]
            let noised = source.latent * level.signal + walked * level.noise
            // What is made entirely anew starts from noise alone, as a plain generation does.
            walked.replaceCells(with: noised) { schedule.firstSteps[$0] > 0 }
        }
    }

    /// Computes the next step; nil when all are done.
    public mutating func next() -> Denoising.Step? {
        while position < loop.moves.count {
            let move = loop.moves[position]
            position += 1
            switch move {
            case .renoise(let from, let to): renoise(from: from, to: to)
            case .denoise(let step):
                denoise(step)
                done += 1
                if position == loop.moves.count { paste() }
                return Denoising.Step(
                    number: done, timestep: loop.walk.timesteps[step], latent: latent, prior: loop.prior,
                    cleanWalked: previousClean ?? walked)
            }
        }
        return nil
    }

    /// One step of the solver, held cells being led along the source's path.
    private mutating func denoise(_ step: Int) {
        let level = loop.walk.levels[step]
        var input = walked
        if let source = loop.source, let schedule = loop.schedule, loop.options.heldCells == .clean {
            let shown = loop.options.heldOffset == 0 ? source.latent : source.latent + loop.options.heldOffset
            input.replaceCells(with: shown) { schedule.isHeld($0, at: step) }
        }
        if let prior = loop.prior { input += prior }
        let prediction = predict(input, step)
        var clean = loop.walk.clean(latent: walked, prediction: prediction, at: level)
        if let source = loop.source, let schedule = loop.schedule {
            clean.replaceCells(with: source.latent) { schedule.isHeld($0, at: step) }
            // A cell that was just released has no history yet.
            previousClean?.replaceCells(with: clean) { schedule.firstSteps[$0] == step }
        }
        let noise = loop.options.solver.needsNoise ? random.normal(channelsLast: loop.shape) : nil
        walked = loop.options.solver.step(
            latent: walked, clean: clean, previousClean: previousClean, noise: noise, walk: loop.walk, step: step)
        previousClean = clean
    }

    /// What the network predicts, guided; in windows where there are several.
    private func predict(_ latent: Tensor, _ step: Int) -> Tensor {
        let ranges = loop.windows.ranges
        guard ranges.count > 1 else { return guided(latent, step) }
        var sum = Tensor.zeros(latent.shape)
        for (range, weights) in zip(ranges, loop.windows.weights) {
            sum.addFrames(of: guided(latent.sliced(axis: 1, range), step), at: range.lowerBound, weights: weights)
        }
        return sum
    }

    /// Guidance with both halves in one batch.
    private func guided(_ latent: Tensor, _ step: Int) -> Tensor {
        let timestep = loop.walk.timesteps[step]
        let guidance = loop.options.guidance
        guard let condition = loop.condition, let negative = loop.negative, guidance.applies(at: loop.walk.levels[step])
        else { return loop.network(latent, timestep, loop.condition) }
        if guidance.scale == 0 { return loop.network(latent, timestep, negative) }
        let both = loop.network(
            Tensor.concatenated([latent, latent], axis: 0), timestep,
            Tensor.concatenated([negative, condition], axis: 0))
        let batch = latent.shape[0]
        let away = both.sliced(axis: 0, 0..<batch)
        let towards = both.sliced(axis: 0, batch..<2 * batch)
        return away + guidance.scale * (towards - away)
    }

    /// Back to an earlier level: x_to = sqrt(abar_to / abar_from) x_from + sqrt(1 - abar_to / abar_from) e (RePaint, algorithm 1).
    private mutating func renoise(from: Int, to: Int) {
        let (now, then) = (loop.walk.ends[from - 1], loop.walk.levels[to])
        let ratio = then.signal / now.signal
        let noise = random.normal(channelsLast: loop.shape)
        walked = walked * ratio + noise * max(0, 1 - ratio * ratio).squareRoot()
        if let source = loop.source, let schedule = loop.schedule {
            let noised = source.latent * then.signal + noise * then.noise
            walked.replaceCells(with: noised) { schedule.isHeld($0, at: to) }
        }
        previousClean = nil
    }

    /// The last level may carry a rest of noise; what is kept is the source itself.
    private mutating func paste() {
        guard let source = loop.source, let schedule = loop.schedule else { return }
        walked.replaceCells(with: source.latent) { schedule.firstSteps[$0] == schedule.steps }
    }
}
