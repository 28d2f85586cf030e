internal import COpenBLAS

/// OpenBLAS as it is used here: on the thread that calls it. Whoever has much to compute shares it out with `Parallel`.
enum OpenBLAS {
    /// Sees to it that OpenBLAS uses one thread, once for the process.
    static func useOneThread() { _ = isSet }

    private static let isSet: Bool = {
        openblas_set_num_threads(1)
        return true
    }()
}
