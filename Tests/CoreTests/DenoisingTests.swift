import Foundation
import TestSupport
import Testing

@testable import Core

/// The laws of the loop, on networks whose answer is known.
@Suite struct DenoisingTests {
    /// 1000 trained levels, visited at equal steps.
    static func walk(_ steps: Int, velocity: Bool = false) -> NoiseWalk {
        let betas = (0..<1000).map {
            pow(0.0015.squareRoot() + Double($0) / 999 * (0.0195.squareRoot() - 0.0015.squareRoot()), 2)
        }
        var bars: [Double] = []
        for beta in betas { bars.append((bars.last ?? 1) * (1 - beta)) }
        let timesteps = (0..<steps).map { 1000 - 1 - $0 * 1000 / steps }
        return NoiseWalk(
            timesteps: timesteps, alphaBars: bars, ends: timesteps.dropFirst().map { bars[$0] } + [1],
            prediction: velocity ? .velocity : .noise)
    }

    /// Knows the clean latent, and says what noise must have been added to it.
    static func oracle(_ clean: Tensor, _ walk: NoiseWalk) -> Denoising.Network {
        { latent, timestep, _ in
            let level = walk.levels[walk.timesteps.firstIndex(of: timestep)!]
            return (latent - clean * level.signal) / level.noise
        }
    }

    static func random(_ shape: [Int], seed: UInt64) -> Tensor {
        var random = TorchRandom(seed: seed)
        return random.normal(channelsLast: shape)
    }

    let shape = [1, 12, 4, 3]

    func loop(
        _ network: @escaping Denoising.Network, _ walk: NoiseWalk, _ options: DenoisingOptions,
        strengths: [Float]? = nil,
        source: Tensor? = nil, windows: DenoisingWindows? = nil
    ) -> Denoising {
        Denoising(
            network, walk: walk, options: options, shape: shape, random: TorchRandom(seed: 3), condition: nil,
            negative: nil, windows: windows,
            source: strengths.map { Denoising.Source(latent: source ?? Self.random(shape, seed: 8), strengths: $0) })
    }

    @Test(arguments: [DiffusionSolver.ddim(eta: 0), .ddim(eta: 1), .dpmSolver])
    func anOracleIsFollowedToTheEnd(_ solver: DiffusionSolver) {
        let clean = Self.random(shape, seed: 5)
        let walk = Self.walk(10)
        let denoising = loop(Self.oracle(clean, walk), walk, DenoisingOptions(solver: solver))
        #expect(denoising.count == 10)
        #expect(mismatch(denoising.result(), clean, absolute: 1e-3) == nil)
    }

    /// A network that knows held cells by an offset sees the source with it there, and noise elsewhere; the result has none.
    @Test func heldCellsAreMarkedForTheNetworkAlone() {
        let source = Self.random(shape, seed: 8)
        let strengths = (0..<48).map { $0 < 24 ? Float(0) : 1 }
        let network: Denoising.Network = { latent, _, _ in
            let held = latent.elements.prefix(24 * 3)
            #expect(zip(held, source.elements).allSatisfy { $0 == $1 + 2 })
            return latent
        }
        let options = DenoisingOptions(solver: .ddim(eta: 0), heldCells: .clean, heldOffset: 2)
        let result = loop(network, Self.walk(4), options, strengths: strengths, source: source).result()
        #expect(result.elements.prefix(24 * 3) == source.elements.prefix(24 * 3))
    }

    /// Frames 3 to 6 of eight are unknown in the first bin, 5 to 7 in the second, all in the third.
    @Test func aLineLeadsOverWhatIsUnknown() {
        let unknown = [3..<7, 5..<8, 0..<8]
        let values = (0..<24).map { (cell: Int) -> Float in Float(10 * (cell / 3) + cell % 3) }
        let latent = Tensor(values, shape: [1, 8, 3, 1])
        let line = latent.expected { !unknown[$0 % 3].contains($0 / 3) }
        let bins = (0..<3).map { (bin: Int) -> [Float] in (0..<8).map { line.elements[$0 * 3 + bin] } }
        // From the mean of frames 0 to 2, 10, to frame 7, 70.
        #expect(zip(bins[0], [0, 10, 20, 22, 34, 46, 58, 70] as [Float]).allSatisfy { abs($0 - $1) < 1e-4 })
        // On with the mean of frames 2 to 4.
        #expect(bins[1] == [1, 11, 21, 31, 41, 31, 31, 31])
        #expect(bins[2] == [Float](repeating: 0, count: 8))
    }

    /// Where the network finds no difference from the prior, the prior is what comes out, and the source where it is kept.
    @Test(arguments: [DiffusionSolver.ddim(eta: 0), .dpmSolver])
    func noDifferenceGivesThePrior(_ solver: DiffusionSolver) {
        let source = Self.random(shape, seed: 8)
        let strengths = (0..<48).map { (16..<32).contains($0) ? Float(1) : 0 }
        let prior = source.expected { strengths[$0] == 0 }
        let walk = Self.walk(6)
        let network: Denoising.Network = { latent, timestep, _ in
            let level = walk.levels[walk.timesteps.firstIndex(of: timestep)!]
            return (latent - prior) / level.noise
        }
        let options = DenoisingOptions(solver: solver, heldCells: .clean, prior: .line)
        let result = loop(network, walk, options, strengths: strengths, source: source).result()
        #expect(mismatch(result, prior, absolute: 1e-4) == nil)
    }

    @Test(arguments: [DiffusionSolver.ddim(eta: 0), .ddim(eta: 1), .dpmSolver])
    func strengthZeroGivesTheSourceWithoutAStep(_ solver: DiffusionSolver) {
        let source = Self.random(shape, seed: 8)
        let denoising = loop(
            { _, _, _ in fatalError("no step is due") }, Self.walk(10), DenoisingOptions(solver: solver),
            strengths: [Float](repeating: 0, count: 48))
        #expect(denoising.count == 0)
        #expect(denoising.result() == source)
    }

    @Test(arguments: [DiffusionSolver.ddim(eta: 0), .ddim(eta: 0.5), .dpmSolver])
    func strengthOneEverywhereIsGeneration(_ solver: DiffusionSolver) {
        let network: Denoising.Network = { latent, timestep, _ in latent * (0.5 + timestep / 4000) }
        let plain = loop(network, Self.walk(7), DenoisingOptions(solver: solver)).result()
        let full = loop(
            network, Self.walk(7), DenoisingOptions(solver: solver), strengths: [Float](repeating: 1, count: 48)
        ).result()
        #expect(plain == full)
    }

    /// Wherever a cell is held, the network must see the re-noised source (or the source itself), and at the end the source must come
    /// out, whatever the network says.
    @Test(
        arguments: [DiffusionSolver.ddim(eta: 0), .ddim(eta: 1), .dpmSolver],
        [DenoisingOptions.HeldCells.noised, .clean])
    func heldCellsFollowTheSource(_ solver: DiffusionSolver, _ held: DenoisingOptions.HeldCells) {
        let source = Self.random(shape, seed: 8)
        let strengths = (0..<48).map { Float($0 % 5) / 4 }
        let walk = Self.walk(8)
        for passes in [1, 3] {
            var seen = 0
            let network: Denoising.Network = { latent, timestep, _ in
                let step = walk.timesteps.firstIndex(of: timestep)!
                let level = walk.levels[step]
                // The noise that is left of a held cell when the source is taken out has unit variance.
                var sum: Float = 0
                var count: Float = 0
                for cell in 0..<48 where strengths[cell] * 8 < Float(8 - step) {
                    for channel in 0..<3 {
                        let index = cell * 3 + channel
                        let rest = latent.elements[index] - source.elements[index] * (held == .clean ? 1 : level.signal)
                        sum += rest * rest
                        count += 1
                    }
                }
                if held == .clean {
                    #expect(sum == 0)
                } else {
                    #expect((0.6...1.6).contains(sum / count / (level.noise * level.noise)), "step \(step)")
                }
                seen += 1
                return Tensor(repeating: 2, shape: latent.shape)
            }
            let options = DenoisingOptions(solver: solver, heldCells: held, passes: passes, jump: 2)
            let result = loop(network, walk, options, strengths: strengths).result()
            #expect(seen == 8 * passes)
            for cell in 0..<48 where strengths[cell] == 0 {
                for channel in 0..<3 {
                    #expect(result.elements[cell * 3 + channel] == source.elements[cell * 3 + channel])
                }
            }
        }
    }

    @Test func aConstantStrengthTakesItsLastSteps() {
        for (strength, steps, expected, timestep) in [
            (0.3, 10, 3, 299), (0.29, 100, 29, 289), (0.28, 25, 7, 279), (1, 10, 10, 999),
            // Longer or shorter by the rest: 0.4 of the last step; 1.5 of the last step but one.
            (0.34, 10, 3, 339), (0.999, 10, 10, 998), (0.25, 10, 2, 249), (0.36, 10, 4, 359), (0.04, 10, 1, 40),
        ] {
            let denoising = loop(
                { latent, _, _ in latent }, Self.walk(steps), DenoisingOptions(solver: .ddim(eta: 0)),
                strengths: [Float](repeating: Float(strength), count: 48))
            #expect(denoising.count == expected, "strength \(strength) of \(steps) steps")
            var iterator = denoising.makeIterator()
            #expect(iterator.next()?.timestep == Float(timestep), "strength \(strength) of \(steps) steps")
        }
        // What changes less than another takes the steps that it comes nearest to, or none.
        let map = StrengthSchedule(strengths: [0.04, 0.06, 0.34, 0.36, 0.97], steps: 10)
        #expect(map.firstSteps == [10, 9, 7, 6, 0])
        // The first of them starts from its own level, so that the source comes back from a network that knows the noise.
        let source = Self.random(shape, seed: 8)
        for solver in [DiffusionSolver.ddim(eta: 0), .dpmSolver] {
            for strength: Float in [0.04, 0.5, 0.66, 0.97] {
                let strengths = [Float](repeating: strength, count: 48)
                let schedule = StrengthSchedule(strengths: strengths, steps: 10)
                let walk = Self.walk(10).starting(at: schedule.place, in: schedule.start)
                let result = loop(
                    Self.oracle(source, walk), Self.walk(10), DenoisingOptions(solver: solver), strengths: strengths
                ).result()
                #expect(mismatch(result, source, absolute: 1e-4) == nil)
            }
        }
    }

    /// A little more strength starts a little nearer to noise: what comes of it has no steps, however few steps there are.
    @Test(arguments: DenoisingOptions.Method.allCases) func strengthIsNoStair(_ method: DenoisingOptions.Method) {
        let source = Self.random(shape, seed: 8)
        let conditions = [-1, 1].map { Tensor(repeating: $0, shape: [1, 1]) }
        let network: Denoising.Network = { latent, _, condition in latent * 0.5 + condition!.elements[0] }
        let results = stride(from: Float(0.3), through: 1, by: 0.05).map { strength in
            Denoising(
                network, walk: Self.walk(4), options: DenoisingOptions(solver: .dpmSolver, method: method),
                shape: shape, random: TorchRandom(seed: 3), condition: conditions[1], negative: nil,
                source: Denoising.Source(
                    latent: source, strengths: [Float](repeating: strength, count: 48), condition: conditions[0])
            ).result()
        }
        for (weaker, stronger) in zip(results, results.dropFirst()) {
            #expect(mismatch(weaker, stronger, absolute: 1e-3) != nil)
        }
    }

    @Test func windowsShareAndAgree() {
        for (frames, length, overlap) in [(12, 12, 3), (13, 6, 2), (100, 16, 4), (29, 16, 0)] {
            let windows = DenoisingWindows(frames: frames, length: length, overlap: overlap)
            var sums = [Float](repeating: 0, count: frames)
            for (range, weights) in zip(windows.ranges, windows.weights) {
                #expect(range.count == min(frames, length))
                for (frame, weight) in zip(range, weights) { sums[frame] += weight }
            }
            #expect(sums.allSatisfy { abs($0 - 1) < 1e-5 })
            for (a, b) in zip(windows.ranges, windows.ranges.dropFirst()) {
                #expect(a.upperBound - b.lowerBound >= overlap)
            }
        }
        // A network that looks at each frame alone gives the same in windows as at once.
        let network: Denoising.Network = { latent, timestep, _ in latent * (0.3 + timestep / 2000) }
        let options = DenoisingOptions(solver: .dpmSolver)
        let whole = loop(network, Self.walk(6), options).result()
        let cut = loop(
            network, Self.walk(6), options, windows: DenoisingWindows(frames: 12, length: 5, overlap: 2)
        ).result()
        #expect(mismatch(cut, whole, absolute: 1e-4) == nil)
    }

    @Test func guidanceIsOneBatchAndOnlyWhereItIsAskedFor() {
        let (positive, negative) = (Tensor(repeating: 1, shape: [1, 2]), Tensor(repeating: -1, shape: [1, 2]))
        let walk = Self.walk(6)
        for (scale, interval) in [
            (Float(1), 0...Float.infinity), (3, 0...Float.infinity), (3, 0.5...2), (0, 0...Float.infinity),
        ] {
            let guidance = Guidance(scale: scale, interval: interval)
            let network: Denoising.Network = { latent, timestep, condition in
                let level = walk.levels[walk.timesteps.firstIndex(of: timestep)!]
                let guided = scale == 3 && interval.contains(level.noise / level.signal)
                #expect(latent.shape[0] == (guided ? 2 : 1))
                #expect(condition?.shape == [guided ? 2 : 1, 2])
                #expect(condition?.elements == (guided ? [-1, -1, 1, 1] : scale == 0 ? [-1, -1] : [1, 1]))
                let values = condition!.elements
                return Tensor.concatenated(
                    (0..<latent.shape[0]).map { Tensor(repeating: values[$0 * 2], shape: [1] + latent.shape[1...]) },
                    axis: 0)
            }
            let result = Denoising(
                network, walk: walk, options: DenoisingOptions(solver: .ddim(eta: 0), guidance: guidance), shape: shape,
                random: TorchRandom(seed: 1), condition: positive, negative: negative
            ).makeIterator()
            var iterator = result
            let before = iterator.latent
            let first = iterator.next()!
            // e = -1 + 3 (1 + 1) = 5 with guidance, 1 without, -1 with none of the condition.
            let noise: Float = scale == 0 ? -1 : guidance.applies(at: walk.levels[0]) ? 5 : 1
            let (now, next) = (walk.levels[0], walk.ends[0])
            let expected = (before - noise * now.noise) * (next.signal / now.signal) + noise * next.noise
            #expect(mismatch(first.latent, expected, absolute: 1e-3) == nil)
        }
    }

    /// A difference that holds for some steps is found once in as many, in each window, and added in between.
    @Test(arguments: [1, 2, 3]) func aDifferenceOfConditionsHoldsForItsPeriod(_ period: Int) {
        let walk = Self.walk(6)
        var batches: [Int] = []
        // Where nothing but the condition differs, a step without the negative condition comes to the same.
        let network: Denoising.Network = { latent, _, condition in
            batches.append(latent.shape[0])
            let values = condition!.elements
            return Tensor.concatenated(
                (0..<latent.shape[0]).map { batch in
                    latent.sliced(axis: 0, batch..<batch + 1) * 0.5 + values[2 * batch]
                }, axis: 0)
        }
        func result(_ period: Int, _ windows: DenoisingWindows?) -> Tensor {
            Denoising(
                network, walk: walk,
                options: DenoisingOptions(solver: .dpmSolver, guidance: Guidance(scale: 3, period: period)),
                shape: shape,
                random: TorchRandom(seed: 1), condition: Tensor(repeating: 1, shape: [1, 2]),
                negative: Tensor(repeating: -1, shape: [1, 2]), windows: windows
            ).result()
        }
        let windows = DenoisingWindows(frames: 12, length: 7, overlap: 2)
        let expected = result(1, windows)
        batches = []
        #expect(mismatch(result(period, windows), expected, absolute: 1e-3) == nil)
        #expect(batches == (0..<6).flatMap { [Int](repeating: $0 % period == 0 ? 2 : 1, count: windows.ranges.count) })
    }
}
