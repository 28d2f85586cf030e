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
    /// Where the predictions of both conditions differed last: by window, at which step and by what, [B, T, F, C].
    private var guidances: [Int: (step: Int, difference: Tensor)] = [:]
    /// How far the result's walk is from the source's, [B, T, F, C]; nil before the first step, and for methods that have one walk.
    private var difference: Tensor?
    /// What the loop has come to, [B, T, F, C]. Before the first step it is noise, and the source where nothing is to
    /// change.
    public var latent: Tensor { loop.prior.map { walked + $0 } ?? walked }

    init(_ loop: Denoising) {
        self.loop = loop
        random = loop.random
        walked = random.normal(channelsLast: loop.shape)
        guard let source = loop.source, let schedule = loop.schedule else { return }
        if schedule.start == schedule.steps || loop.options.method != .noise {
            walked = source.latent
        } else {
            let level = loop.walk.levels[schedule.start]
            let noised = source.latent * level.signal + walked * level.noise
            // What is made entirely anew starts from noise alone, as a plain generation does.
            walked.replaceCells(with: noised) { source.strengths[$0] < 1 }
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
                if let source = loop.source, loop.options.method != .noise {
                    contrast(step, with: source)
                } else {
                    denoise(step)
                }
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
        let clean = corrected(clean(of: walked, at: step, told: .condition), at: step)
        if let schedule = loop.schedule {
            // A cell that was just released has no history yet.
            previousClean?.replaceCells(with: clean) { schedule.firstSteps[$0] == step }
        }
        let noise = loop.options.solver.needsNoise ? random.normal(channelsLast: loop.shape) : nil
        walked = loop.options.solver.step(
            latent: walked, clean: clean, previousClean: previousClean, noise: noise, walk: loop.walk, step: step)
        previousClean = clean
    }

    /// One step of two walks that have their noise in common: the source's, told what it is, and the result's, told what it shall be.
    ///
    /// Of the difference d of DDIM's formula 12 in both walks only this is left, the source being x_0 and the noise of each level a fresh one:
    /// d' = kept / sigma d + (alpha' - kept alpha / sigma) (x_0 of the result - x_0 of the source). With all noise kept it is the flow of
    /// arXiv 2412.08629, with none beyond DDPM's (eta 1) the inversion of arXiv 2304.06140, whose noise cancels.
    private mutating func contrast(_ step: Int, with source: Denoising.Source) {
        let (now, next) = (loop.walk.levels[step], loop.walk.ends[step])
        let noised = source.latent * now.signal + random.normal(channelsLast: loop.shape) * now.noise
        let away = clean(of: noised, at: step, told: .source)
        let towards = clean(of: difference.map { noised + $0 } ?? noised, at: step, told: .condition)
        let edited = corrected(source.latent + (towards - away), at: step)
        let kept = next.noise * (loop.options.method == .inversion ? DiffusionSolver.keptShare(from: now, to: next) : 1)
        let change = (edited - source.latent) * (next.signal - kept * now.signal / now.noise)
        difference = difference.map { $0 * (kept / now.noise) + change } ?? change
        walked = edited
        previousClean = edited
    }

    /// What the network is told.
    private enum Told { case condition, source }

    /// What the network takes for the clean latent behind a noised one; held cells are the source's.
    private mutating func clean(of noised: Tensor, at step: Int, told: Told) -> Tensor {
        var input = noised
        if let source = loop.source, let schedule = loop.schedule, loop.options.heldCells == .clean {
            let shown = loop.options.heldOffset == 0 ? source.latent : source.latent + loop.options.heldOffset
            input.replaceCells(with: shown) { schedule.isHeld($0, at: step) }
        }
        if let prior = loop.prior { input += prior }
        let prediction = predict(input, step, told)
        let clean = loop.walk.clean(latent: noised, prediction: prediction, at: loop.walk.levels[step])
        return held(clean, at: step)
    }

    private func corrected(_ clean: Tensor, at step: Int) -> Tensor {
        guard let correct = loop.correction else { return clean }
        return held(loop.prior.map { correct(clean + $0, step) - $0 } ?? correct(clean, step), at: step)
    }

    private func held(_ clean: Tensor, at step: Int) -> Tensor {
        guard let source = loop.source, let schedule = loop.schedule else { return clean }
        var result = clean
        result.replaceCells(with: source.latent) { schedule.isHeld($0, at: step) }
        return result
    }

    /// What the network predicts, guided; in windows where there are several.
    private mutating func predict(_ latent: Tensor, _ step: Int, _ told: Told) -> Tensor {
        let ranges = loop.windows.ranges
        guard ranges.count > 1 else { return guided(latent, step, told, window: 0) }
        var sum = Tensor.zeros(latent.shape)
        for (window, range) in ranges.enumerated() {
            let predicted = guided(latent.sliced(axis: 1, range), step, told, window: window)
            sum.addFrames(of: predicted, at: range.lowerBound, weights: loop.windows.weights[window])
        }
        return sum
    }

    /// Guidance with both halves in one batch.
    private mutating func guided(_ latent: Tensor, _ step: Int, _ told: Told, window: Int) -> Tensor {
        let timestep = loop.walk.timesteps[step]
        if told == .source { return loop.network(latent, timestep, loop.source?.condition ?? loop.negative) }
        let guidance = loop.options.guidance
        guard let condition = loop.condition, let negative = loop.negative, guidance.applies(at: loop.walk.levels[step])
        else { return loop.network(latent, timestep, loop.condition) }
        if guidance.scale == 0 { return loop.network(latent, timestep, negative) }
        if let last = guidances[window], (1..<guidance.period).contains(step - last.step) {
            return loop.network(latent, timestep, condition) + (guidance.scale - 1) * last.difference
        }
        let both = loop.network(
            Tensor.concatenated([latent, latent], axis: 0), timestep,
            Tensor.concatenated([negative, condition], axis: 0))
        let batch = latent.shape[0]
        let away = both.sliced(axis: 0, 0..<batch)
        let towards = both.sliced(axis: 0, batch..<2 * batch)
        let difference = towards - away
        if guidance.period > 1 { guidances[window] = (step, difference) }
        return away + guidance.scale * difference
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
