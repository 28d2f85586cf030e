/// A convolution of channels-last sequences, dense or depthwise: y = activation(x * W + b) + residual.
struct Convolution1D: Sendable {
    let inputs: Int
    let outputs: Int
    private let kernel: Int
    private let stride: Int
    private let dilation: Int
    private let padding: Int
    private let kind: Kind
    private let bias: Tensor?

    private enum Kind {
        case dense(PackedWeights)
        /// One filter per channel: [kernel, channels].
        case depthwise(Tensor)
    }

    /// Reads "weight" [outputs, inputs / groups, kernel] and, unless `bias` is false, "bias" [outputs].
    /// `padding` zeros stand before and after the sequence. `groups` is 1 or, for a filter per channel, `inputs`.
    init(
        _ weights: WeightScope, in inputs: Int, out outputs: Int, kernel: Int, stride: Int = 1, dilation: Int = 1,
        padding: Int = 0, groups: Int = 1, bias: Bool = true
    ) throws(CheckpointError) {
        let weight = try weights.tensor("weight", outputs, inputs / groups, kernel)
        self.init(
            weight: weight, bias: bias ? try weights.tensor("bias", outputs) : nil, stride: stride, dilation: dilation,
            padding: padding, groups: groups)
    }

    /// `weight` [outputs, inputs / groups, kernel], `bias` [outputs].
    init(weight: Tensor, bias: Tensor?, stride: Int = 1, dilation: Int = 1, padding: Int = 0, groups: Int = 1) {
        outputs = weight.shape[0]
        inputs = weight.shape[1] * groups
        kernel = weight.shape[2]
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
        if groups == 1 {
            kind = .dense(PackedWeights(weight, taps: kernel))
        } else {
            precondition(
                groups == inputs && groups == outputs && stride == 1, "groups are all or one channel, at stride 1")
            kind = .depthwise(weight.reshaped([outputs, kernel]).transposed([1, 0]))
        }
        self.bias = bias?.owned()
    }

    /// `x` [B, T, inputs], `residual` [B, T', outputs]; returns [B, T', outputs].
    /// With an `inputSlope` below 1, a dense layer takes leakyReLU(inputSlope) of `x`, which costs no pass over memory.
    func callAsFunction(
        _ x: Tensor, inputSlope: Float = 1, activation: Activation = .none, adding residual: Tensor? = nil
    ) -> Tensor {
        precondition(
            x.shape.count == 3 && x.shape[2] == inputs, "a convolution of \(inputs) channels cannot take \(x.shape)")
        let (batch, length) = (x.shape[0], x.shape[1])
        let outputLength = (length + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
        let shape = [batch, outputLength, outputs]
        switch kind {
        case .dense(let weights):
            let geometry = ConvolutionGeometry(
                width: length, outputWidth: outputLength, kernel: (1, kernel), stride: stride, dilation: dilation,
                left: padding, inputSlope: inputSlope)
            return weights.convolve(
                x, batch: batch, geometry, shape: shape,
                Epilogue(bias: bias, activation: activation, residual: residual))
        case .depthwise(let filters):
            precondition(inputSlope == 1, "a depthwise convolution takes its input as it is")
            let y = depthwise(x, filters, length: length, shape: shape, activation)
            return residual.map { y + $0 } ?? y
        }
    }

    private func depthwise(_ x: Tensor, _ filters: Tensor, length: Int, shape: [Int], _ activation: Activation)
        -> Tensor
    {
        let kernels = unsafe InstructionSet.current.kernels
        let outputLength = shape[1]
        let run = max(1, Tensor.elementsPerTask / (outputs * kernel))
        let runs = (outputLength + run - 1) / run
        return unsafe Tensor(uninitialized: shape) { target in
            unsafe x.withUnsafeElements { source in
                unsafe filters.withUnsafeElements { filters in
                    unsafe withElements(of: bias) { bias in
                        Parallel.run(shape[0] * runs) { task in
                            let (image, index) = task.quotientAndRemainder(dividingBy: runs)
                            unsafe kernels.pointee.depthwise(
                                source.baseAddress! + image * length * inputs, Int64(length), Int64(inputs),
                                filters.baseAddress!, Int64(kernel), Int64(dilation), Int64(padding), bias,
                                activation.kind, activation.slope, target.baseAddress! + image * outputLength * outputs,
                                Int64(index * run), Int64(min(outputLength, (index + 1) * run)))
                        }
                    }
                }
            }
        }
    }
}
