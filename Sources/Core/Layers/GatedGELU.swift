internal import CKernels

/// The gated unit of transformer blocks (GEGLU, arXiv 2002.05202): `x` [..., 2n] holds a and b; returns a gelu(b), [..., n].
func gatedGELU(_ x: Tensor) -> Tensor {
    let width = (x.shape.last ?? 0) / 2
    precondition(width > 0 && x.shape.last == 2 * width, "\(x.shape) does not hold two halves")
    let kernels = unsafe InstructionSet.current.kernels
    return unsafe Tensor(uninitialized: x.shape.dropLast() + [width]) { target in
        unsafe x.withUnsafeElements { source in
            Parallel.run(x.count / (2 * width), by: max(1, Tensor.elementsPerTask / width)) { rows in
                unsafe kernels.pointee.gated_gelu(
                    source.baseAddress! + rows.lowerBound * 2 * width, target.baseAddress! + rows.lowerBound * width,
                    Int64(rows.count), Int64(width))
            }
        }
    }
}
