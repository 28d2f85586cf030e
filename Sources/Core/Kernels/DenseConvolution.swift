internal import CKernels

/// The geometry of a convolution over images of one batch: a linear layer is one tap over one row, a convolution of
/// sequences one row of an image.
struct ConvolutionGeometry: Sendable {
    var height = 1
    var width: Int
    var outputHeight = 1
    var outputWidth: Int
    var kernel = (height: 1, width: 1)
    var stride = 1
    var dilation = 1
    var top = 0
    var left = 0
}

/// What happens to the sums of a dense layer before they are stored: activation(sum + bias) + residual.
struct Epilogue {
    var bias: Tensor?
    var activation = Activation.none
    var residual: Tensor?
}

extension PackedWeights {
    /// Multiply-adds in one task: long enough to be worth handing out, short enough to balance.
    private static let workPerTask = 4 << 20

    /// Convolves `batch` images that start at `input`; output row r is written to `output + r * outputStride`.
    func convolve(
        _ input: UnsafePointer<Float>, batch: Int, _ geometry: ConvolutionGeometry,
        into output: UnsafeMutablePointer<Float>,
        outputStride: Int, bias: UnsafePointer<Float>?, activation: Activation, residual: UnsafePointer<Float>?
    ) {
        let kernels = unsafe set.kernels
        let panel = unsafe Int(kernels.pointee.panel)
        unsafe panels.withUnsafeElements { weights in
            let work = unsafe retouch_convolution(
                input: input, height: Int64(geometry.height), width: Int64(geometry.width), channels: Int64(channels),
                output_height: Int64(geometry.outputHeight), output_width: Int64(geometry.outputWidth),
                kernel_height: Int64(geometry.kernel.height), kernel_width: Int64(geometry.kernel.width),
                stride: Int64(geometry.stride), dilation: Int64(geometry.dilation), top: Int64(geometry.top),
                left: Int64(geometry.left), weights: weights.baseAddress!, outputs: Int64(outputs), bias: bias,
                residual: residual, output: output, output_stride: Int64(outputStride), activation: activation.kind,
                slope: activation.slope)
            let rows = batch * geometry.outputHeight * geometry.outputWidth
            let panelCount = (outputs + panel - 1) / panel
            // Blocks of rows that share the cache with a panel, and as many panels as make a task's worth of work.
            let rowsPerTask = min(rows, max(56, 65536 / max(taps * channels, 1) / 14 * 14))
            let perPanel = rowsPerTask * taps * channels * panel
            let panelsPerTask = min(panelCount, max(1, Self.workPerTask / max(perPanel, 1)))
            let rowTasks = (rows + rowsPerTask - 1) / max(rowsPerTask, 1)
            let panelTasks = (panelCount + panelsPerTask - 1) / panelsPerTask
            Parallel.run(rowTasks * panelTasks) { task in
                let (panels, rowBlock) = task.quotientAndRemainder(dividingBy: rowTasks)
                unsafe withUnsafePointer(to: work) { work in
                    unsafe kernels.pointee.convolve(
                        work, Int64(rowBlock * rowsPerTask), Int64(min(rows, (rowBlock + 1) * rowsPerTask)),
                        Int64(panels * panelsPerTask), Int64(min(panelCount, (panels + 1) * panelsPerTask)))
                }
            }
        }
    }

    /// Convolves `x` [batch, ...] into a tensor of `shape`.
    func convolve(_ x: Tensor, batch: Int, _ geometry: ConvolutionGeometry, shape: [Int], _ epilogue: Epilogue)
        -> Tensor
    {
        if let residual = epilogue.residual {
            precondition(residual.shape == shape, "a residual of shape \(residual.shape) does not fit \(shape)")
        }
        return unsafe Tensor(uninitialized: shape) { target in
            unsafe x.withUnsafeElements { source in
                unsafe withElements(of: epilogue.residual) { residual in
                    unsafe withElements(of: epilogue.bias) { bias in
                        unsafe convolve(
                            source.baseAddress!, batch: batch, geometry, into: target.baseAddress!,
                            outputStride: outputs,
                            bias: bias, activation: epilogue.activation, residual: residual)
                    }
                }
            }
        }
    }
}

/// The elements of a tensor that may be missing.
func withElements<R>(of tensor: Tensor?, _ body: (UnsafePointer<Float>?) throws -> R) rethrows -> R {
    guard let tensor else { return try body(nil) }
    return try unsafe tensor.withUnsafeElements { try unsafe body($0.baseAddress) }
}
