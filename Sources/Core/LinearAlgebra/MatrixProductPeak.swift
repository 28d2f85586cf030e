/// How fast the networks' kernels multiply matrices on this machine: the limit of everything that the networks do.
public enum MatrixProductPeak {
    /// Measures for about a second.
    /// - Parameter precision: what the matrices are kept as.
    /// - Returns: floating-point operations per second of the best of a few rounds, in each of which a dense layer of 1536 x 1536
    ///   takes 1536 rows for every thread of `Parallel`.
    public static func measure(_ precision: Precision = .float32) -> Double {
        let size = 1536
        let rows = size * Parallel.threads
        let layer = Precision.$current.withValue(precision) {
            Linear(weight: Tensor([Float](repeating: 0.5, count: size * size), shape: [size, size]), bias: nil)
        }
        let input = Tensor([Float](repeating: 0.5, count: rows * size), shape: [rows, size])
        let operations = 2 * Double(rows) * Double(size * size)
        var best = 0.0
        for _ in 0..<8 {
            let time = ContinuousClock().measure { _ = layer(input) }
            best = max(best, operations / (time / .seconds(1)))
        }
        return best
    }
}
