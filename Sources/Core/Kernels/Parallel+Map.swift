internal import Synchronization

extension Parallel {
    /// Makes `count` values by independent work on several threads.
    /// - Parameters:
    ///   - count: how many values there are to make.
    ///   - make: makes the value of an index below `count`; it is called from several threads at once.
    /// - Returns: the values in the order of their indices.
    public static func map<T: Sendable>(_ count: Int, _ make: (Int) -> T) -> [T] {
        let values = Mutex([T?](repeating: nil, count: count))
        run(count) { index in
            let value = make(index)
            values.withLock { $0[index] = value }
        }
        return values.withLock { $0.compactMap { $0 } }
    }
}
