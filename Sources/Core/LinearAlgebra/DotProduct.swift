internal import CKernels

/// Sums of products in double precision, which linear prediction is made of.
///
/// OpenBLAS takes its slowest ones on processors that are newer than it is.
public enum DotProduct {
    /// The sums of `weights[k] * samples[n + k]` over all weights for each n below `count`, into `sums`: in a third of the time of so many
    /// products.
    /// - Parameter samples: `count + weights.count - 1` of them at least.
    static func sliding(
        _ weights: [Double], over samples: UnsafePointer<Double>, count: Int, into sums: UnsafeMutablePointer<Double>
    ) {
        unsafe InstructionSet.current.kernels.pointee.correlate(
            samples, weights, Int64(weights.count), sums, Int64(count))
    }

    /// Correlates samples with weights.
    /// - Parameters:
    ///   - weights: the weights.
    ///   - samples: the samples.
    /// - Returns: the sums of `weights[k] * samples[n + k]` over all weights for each n at which there are so many
    ///   samples: `samples.count - weights.count + 1` of them, none where that is below 1.
    public static func sliding(_ weights: [Double], over samples: [Double]) -> [Double] {
        let count = samples.count - weights.count + 1
        guard count > 0 else { return [] }
        return unsafe samples.withUnsafeBufferPointer { samples in
            unsafe [Double](unsafeUninitializedCapacity: count) { sums, initialized in
                unsafe sliding(weights, over: samples.baseAddress!, count: count, into: sums.baseAddress!)
                initialized = count
            }
        }
    }
}
