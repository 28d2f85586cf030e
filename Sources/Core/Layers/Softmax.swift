internal import CKernels

/// e^x / sum of e^x over the last axis.
func softmax(_ x: Tensor) -> Tensor {
    var result = x
    let width = x.shape.last ?? 1
    guard x.count > 0 else { return x }
    let kernels = unsafe InstructionSet.current.kernels
    unsafe result.withUnsafeMutableElements { elements in
        let base = elements.baseAddress!
        Parallel.run(x.count / width, by: max(1, Tensor.elementsPerTask / width)) { rows in
            unsafe kernels.pointee.softmax(base + rows.lowerBound * width, Int64(rows.count), Int64(width))
        }
    }
    return result
}
