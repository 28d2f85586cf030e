internal import Editing
internal import Synchronization

/// How far a batch has come, told to whoever listens.
final class BatchProgress: Sendable {
    private struct State {
        /// The share of each job that is done.
        var shares: [Double]
        var results: [BatchResult] = []
        /// How many jobs were begun.
        var begun = 0
    }

    /// The share of each job in the whole.
    private let weights: [Double]
    private let state: Mutex<State>
    private let start = ContinuousClock.now
    private let listener: @Sendable (BatchEvent) -> Void

    /// - Parameter sizes: of the jobs against each other; nil where nothing is known.
    init(_ sizes: [Double?], _ listener: @escaping @Sendable (BatchEvent) -> Void) {
        let known = sizes.compactMap(\.self)
        let mean = known.isEmpty ? 1 : max(1, known.reduce(0, +) / Double(known.count))
        // What does not grow with the sound, such as a fill, is there too.
        let sums = sizes.map { ($0 ?? mean) + mean }
        weights = sums.map { $0 / sums.reduce(0, +) }
        state = Mutex(State(shares: [Double](repeating: 0, count: sizes.count)))
        self.listener = listener
    }

    /// The jobs that have ended, in the order of the list.
    var results: [BatchResult] { state.withLock { $0.results.sorted { $0.index < $1.index } } }

    /// The place of the next job to begin; nil where all are begun.
    func next() -> Int? {
        state.withLock { state in
            guard state.begun < state.shares.count else { return nil }
            state.begun += 1
            return state.begun - 1
        }
    }

    func advance(_ place: Int, to part: EditProgress) {
        state.withLock { state in
            state.shares[place] = part.fraction
            tell(state, part.stage)
        }
    }

    func end(_ place: Int, _ result: BatchResult) {
        state.withLock { state in
            state.shares[place] = 1
            state.results.append(result)
            listener(.ended(result))
            tell(state, "done")
        }
    }

    private func tell(_ state: borrowing State, _ stage: String) {
        let isOver = state.results.count == state.shares.count
        let fraction = isOver ? 1 : min(1, zip(state.shares, weights).reduce(0) { $0 + $1.0 * $1.1 })
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let left = fraction > 0.01 && elapsed > 1 ? elapsed * (1 - fraction) / fraction : nil
        let count = "\(state.results.count) of \(state.shares.count)"
        listener(.progress(EditProgress(stage: "\(count), \(stage)", fraction: fraction, secondsLeft: left)))
    }
}
