/// The one loop of all jobs: from noise to a latent, step by step, where a strength map says so and from the source elsewhere.
///
/// Held cells follow the source exactly: what the network predicts as their clean value is replaced by the source's, which makes every
/// solver walk the path of the re-noised source there, multistep ones too. A cell is released at the step that its strength asks for
/// (compare Differential Diffusion, arXiv 2306.00950); strength 1 everywhere is plain generation.
///
/// Where the options ask for a prior, all this happens to the difference from it: the network is shown the sum.
///
/// A lazy sequence: a step is computed when it is asked for, so that progress, previews and stopping need nothing else.
public struct Denoising: Sequence {
    /// What the loop has come to after one step.
    public struct Step: Sendable {
        /// How many steps are done, this one among them, of the sequence's `count`.
        public let number: Int
        /// The timestep of the model's training from which this step started.
        public let timestep: Float
        /// The latent that the step has led to, with the noise that is left in it: [B, T, F, C].
        public let latent: Tensor
        /// What is walked has this added to it; nil for 0.
        let prior: Tensor?
        let cleanWalked: Tensor
        /// What the network takes for the latent without noise: [B, T, F, C].
        public var clean: Tensor { prior.map { cleanWalked + $0 } ?? cleanWalked }
    }

    /// What is there already, and how much of it may change.
    public struct Source: Sendable {
        /// The source's latent, [B, T, F, C].
        public let latent: Tensor
        /// How far each cell may change, from 0 (it is kept) to 1 (it is made anew): row-major [T, F].
        public let strengths: [Float]
        /// What the source is, [B, width] or [1, width]; nil for what guidance leads away from.
        public let condition: Tensor?

        /// A source and the strength of each of its cells.
        /// - Parameters:
        ///   - latent: the source's latent, [B, T, F, C].
        ///   - strengths: one number of 0...1 for each cell, row-major [T, F], the same for the whole batch.
        ///   - condition: what the source is, for methods that contrast it with what it shall be.
        public init(latent: Tensor, strengths: [Float], condition: Tensor? = nil) {
            precondition(
                latent.shape.count == 4 && strengths.count == latent.shape[1] * latent.shape[2], "a map of another size"
            )
            self.latent = latent
            self.strengths = strengths
            self.condition = condition
        }
    }

    /// A network that predicts noise or velocity from a latent [B, T, F, C], a timestep and a condition, [B, width] or
    /// nil. Its result has the latent's shape.
    public typealias Network = (_ latent: Tensor, _ timestep: Float, _ condition: Tensor?) -> Tensor
    /// Corrects what is taken for the clean latent, [B, T, F, C], before the walk goes there from a level, the first of which is 0.
    public typealias Correction = (_ clean: Tensor, _ level: Int) -> Tensor

    let network: Network
    let walk: NoiseWalk
    let options: DenoisingOptions
    let condition: Tensor?
    let negative: Tensor?
    let windows: DenoisingWindows
    /// The source, or its difference from the prior.
    let source: Source?
    /// [B, T, F, C]; nil for 0.
    let prior: Tensor?
    let correction: Correction?
    let schedule: StrengthSchedule?
    let shape: [Int]
    let random: TorchRandom
    let moves: [Move]

    /// Prepares the loop; nothing is computed before the first step is asked for.
    /// - Parameters:
    ///   - network: predicts noise or velocity at each step.
    ///   - walk: the noise levels that the solver visits.
    ///   - options: the solver, the guidance and how kept cells are shown to the network.
    ///   - shape: the latent's shape, [B, T, F, C].
    ///   - random: gives the first noise, in torch's order for [B, C, T, F], and then what the solver needs.
    ///   - condition: what guidance leads to, [B, width] or [1, width]; nil for a network without a condition.
    ///   - negative: what guidance leads away from, in the shape of `condition`; nil for no guidance.
    ///   - windows: the stretches that the network sees at a time, which cover T; nil for the whole latent at once.
    ///   - source: what is there already and how far it may change; nil where all is made from noise.
    ///   - correction: corrects what is taken for the clean latent in each step; nil where nothing has to.
    public init(
        _ network: @escaping Network, walk: NoiseWalk, options: DenoisingOptions, shape: [Int], random: TorchRandom,
        condition: Tensor?, negative: Tensor?, windows: DenoisingWindows? = nil, source: Source? = nil,
        correction: Correction? = nil
    ) {
        precondition(shape.count == 4, "a latent has four axes")
        precondition(source == nil || source?.latent.shape == shape, "the source is of another shape")
        self.network = network
        self.options = options
        self.shape = shape
        self.random = random
        self.condition = condition.map { Self.repeated($0, shape[0]) }
        self.negative = negative.map { Self.repeated($0, shape[0]) }
        self.windows = windows ?? DenoisingWindows(frames: shape[1], length: shape[1], overlap: 0)
        precondition(self.windows.ranges.last?.upperBound == shape[1], "windows of another length")
        let prior =
            options.prior == .none
            ? nil : source.map { source in source.latent.expected { source.strengths[$0] == 0 } }
        self.prior = prior
        self.correction = correction
        self.source = source.map { source in
            Source(
                latent: prior.map { source.latent - $0 } ?? source.latent, strengths: source.strengths,
                condition: source.condition.map { Self.repeated($0, shape[0]) })
        }
        let schedule = source.map { StrengthSchedule(strengths: $0.strengths, steps: walk.steps) }
        self.schedule = schedule
        self.walk = schedule.map { walk.starting(at: $0.place, in: $0.start) } ?? walk
        moves = Self.moves(from: schedule?.start ?? 0, to: walk.steps, options)
    }

    /// The number of steps in the whole sequence; 0 where nothing may change.
    public var count: Int {
        moves.count { if case .denoise = $0 { true } else { false } }
    }

    /// The number of steps in the whole sequence, which `Sequence` uses to reserve room.
    public var underestimatedCount: Int { count }

    /// Starts the loop at its first step.
    public func makeIterator() -> DenoisingIterator { DenoisingIterator(self) }

    /// Computes all steps and gives the latent after the last one, [B, T, F, C].
    public func result() -> Tensor {
        var iterator = makeIterator()
        while iterator.next() != nil {}
        return iterator.latent
    }

    private static func repeated(_ condition: Tensor, _ count: Int) -> Tensor {
        condition.shape[0] == count ? condition : .concatenated(Array(repeating: condition, count: count), axis: 0)
    }
}

extension Denoising {
    enum Move: Equatable {
        /// From level `step` to the next.
        case denoise(step: Int)
        /// Back up from level `from` to level `to`.
        case renoise(from: Int, to: Int)
    }

    /// The walk with RePaint's detours (arXiv 2201.09865): every `jump` steps are taken `passes` times.
    static func moves(from start: Int, to end: Int, _ options: DenoisingOptions) -> [Move] {
        var moves: [Move] = []
        let passes = options.method == .noise ? options.passes : 1
        for first in stride(from: start, to: end, by: options.jump) {
            let last = Swift.min(first + options.jump, end)
            for pass in 0..<passes {
                if pass > 0 { moves.append(.renoise(from: last, to: first)) }
                moves += (first..<last).map { .denoise(step: $0) }
            }
        }
        return moves
    }
}
