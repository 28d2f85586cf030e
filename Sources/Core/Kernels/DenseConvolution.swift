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
    /// Leaky ReLU of the input: the factor of elements below 0. 1 leaves them as they are.
    var inputSlope: Float = 1
}

/// What happens to the sums of a dense layer before they are stored: activation(sum + bias) + residual.
struct Epilogue {
    /// [outputs], or [batch, outputs] for another bias for each image.
    var bias: Tensor?
    var activation = Activation.none
    var residual: Tensor?
}

extension PackedWeights {
    /// Multiply-adds in one task, at least: long enough to be worth handing out.
    private static let leastWork = 2 << 20
    /// Tasks into which a layer is cut if it has that much work.
    private static let wantedTasks = 16

    /// Convolves `batch` images that start at `input`; output row r is written to `output + r * outputStride`.
    func convolve(
        _ input: UnsafePointer<Float>, batch: Int, _ geometry: ConvolutionGeometry,
        into output: UnsafeMutablePointer<Float>,
        outputStride: Int, bias: UnsafePointer<Float>?, activation: Activation, residual: UnsafePointer<Float>?
    ) {
        let kernels = unsafe set.kernels
        let panel = unsafe Int(kernels.pointee.panel)
        unsafe panels.withUnsafeElements { weights in
            let convolution = unsafe retouch_convolution(
                input: input, input_slope: geometry.inputSlope, height: Int64(geometry.height),
                width: Int64(geometry.width), channels: Int64(channels),
                output_height: Int64(geometry.outputHeight), output_width: Int64(geometry.outputWidth),
                kernel_height: Int64(geometry.kernel.height), kernel_width: Int64(geometry.kernel.width),
                stride: Int64(geometry.stride), dilation: Int64(geometry.dilation), top: Int64(geometry.top),
                left: Int64(geometry.left), precision: precision.number, weights: weights.baseAddress!,
                outputs: Int64(outputs), bias: bias,
                residual: residual, output: output, output_stride: Int64(outputStride), activation: activation.kind,
                slope: activation.slope)
            let rows = batch * geometry.outputHeight * geometry.outputWidth
            let panelCount = (outputs + panel - 1) / panel
            // Rows first, as each task packs its rows: as many as share the cache with a panel. Then panels, if rows are few.
            let mostRows = max(56, min(112, 65536 / (taps * channels) / 14 * 14))
            let rowTasks = (rows + mostRows - 1) / mostRows
            let rowsPerTask = (rows + rowTasks - 1) / max(rowTasks, 1)
            let affordable = rowsPerTask * taps * channels * outputs / Self.leastWork
            let panelTasks = min(panelCount, max(1, min(affordable, Self.wantedTasks / max(rowTasks, 1))))
            let panelsPerTask = (panelCount + panelTasks - 1) / panelTasks
            Parallel.run(rowTasks * panelTasks) { task in
                let (panels, rowBlock) = task.quotientAndRemainder(dividingBy: rowTasks)
                unsafe withUnsafePointer(to: convolution) { convolution in
                    unsafe kernels.pointee.convolve(
                        convolution, Int64(rowBlock * rowsPerTask), Int64(min(rows, (rowBlock + 1) * rowsPerTask)),
                        Int64(panels * panelsPerTask), Int64(min(panelCount, (panels + 1) * panelsPerTask)))
                }
            }
        }
    }

    /// Convolves `x` [batch, ...] into a tensor of `shape`, with few products where that pays.
    func convolve(
        _ x: Tensor, batch: Int, _ geometry: ConvolutionGeometry, shape: [Int], _ epilogue: Epilogue
    ) -> Tensor {
        if let residual = epilogue.residual {
            precondition(residual.shape == shape, "a residual of shape \(residual.shape) does not fit \(shape)")
        }
        let biasStep = (epilogue.bias?.count ?? 0) > outputs ? outputs : 0
        let plan = WinogradPlan(geometry, batch: batch, channels: channels, outputs: outputs, precision)
        return unsafe Tensor(uninitialized: shape) { target in
            unsafe x.withUnsafeElements { source in
                unsafe withElements(of: epilogue.residual) { residual in
                    unsafe withElements(of: epilogue.bias) { bias in
                        if let plan {
                            unsafe plan.convolve(
                                self, source.baseAddress!, batch: batch, geometry, into: target.baseAddress!,
                                bias: bias,
                                biasStep: biasStep, activation: epilogue.activation, residual: residual)
                            return
                        }
                        // One bias for all images: all their rows are one run.
                        let runs = biasStep > 0 ? batch : 1
                        for run in 0..<runs {
                            let (from, to) = (run * source.count / runs, run * target.count / runs)
                            unsafe convolve(
                                source.baseAddress! + from, batch: batch / runs, geometry,
                                into: target.baseAddress! + to,
                                outputStride: outputs, bias: bias.map { unsafe $0 + run * biasStep },
                                activation: epilogue.activation, residual: residual.map { unsafe $0 + to })
                        }
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
