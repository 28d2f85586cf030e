internal import CKernels

/// Sums of products in double precision, which linear prediction is made of.
///
/// OpenBLAS takes its slowest ones on processors that are newer than it is.
enum DotProduct {
    /// The sum of `a[i] * b[i]` over `count` places.
    static func of(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int) -> Double {
        unsafe InstructionSet.current.kernels.pointee.dot(a, b, Int64(count))
    }
}
