internal import Synchronization

extension Parallel {
    /// The values of independent work, in the order of the indices.
    public static func map<T: Sendable>(_ count: Int, _ make: (Int) -> T) -> [T] {
        let values = Mutex([T?](repeating: nil, count: count))
        run(count) { index in
            let value = make(index)
            values.withLock { $0[index] = value }
        }
        return values.withLock { $0.compactMap { $0 } }
    }
}
