internal import COpenBLAS

/// How fast this machine multiplies matrices: the limit of everything that the networks do.
public enum MatrixProductPeak {
    /// Measures for about a second.
    /// - Returns: floating-point operations per second of the best of a few rounds, in each of which every thread of
    ///   `Parallel` multiplies its own single-precision matrices of 1536 x 1536.
    public static func measure() -> Double {
        OpenBLAS.prepare()
        let (size, threads) = (1536, Parallel.threads)
        let operations = 2 * Double(threads) * Double(size * size) * Double(size)
        let matrices = (0..<threads).map { _ in
            (0..<3).map { _ in Tensor([Float](repeating: 0.5, count: size * size), shape: [size, size]) }
        }
        var best = 0.0
        for _ in 0..<4 {
            let time = ContinuousClock().measure {
                Parallel.run(threads) { thread in
                    var product = matrices[thread][2]
                    unsafe matrices[thread][0].withUnsafeElements { a in
                        unsafe matrices[thread][1].withUnsafeElements { b in
                            unsafe product.withUnsafeMutableElements { c in
                                unsafe cblas_sgemm(
                                    CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(size), Int32(size), Int32(size), 1,
                                    a.baseAddress, Int32(size), b.baseAddress, Int32(size), 0, c.baseAddress,
                                    Int32(size))
                            }
                        }
                    }
                }
            }
            best = max(best, operations / (time / .seconds(1)))
        }
        return best
    }
}
