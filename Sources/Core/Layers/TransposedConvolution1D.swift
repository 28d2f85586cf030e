/// The transpose of a strided convolution of channels-last sequences: it lengthens them by its stride.
///
/// Output sample o = q stride + p - padding takes the taps k = p, p + stride, ... from the inputs q, q - 1, ..., so that each
/// phase p is a short dense convolution of its own.
struct TransposedConvolution1D: Sendable {
    let inputs: Int
    let outputs: Int
    private let kernel: Int
    private let stride: Int
    private let padding: Int
    private let phases: [PackedWeights]
    private let bias: Tensor?

    /// Reads "weight" [inputs, outputs, kernel] and, unless `bias` is false, "bias" [outputs].
    init(
        _ weights: WeightScope, in inputs: Int, out outputs: Int, kernel: Int, stride: Int, padding: Int = 0,
        bias: Bool = true
    ) throws(CheckpointError) {
        let weight = try weights.tensor("weight", inputs, outputs, kernel)
        self.init(
            weight: weight, bias: bias ? try weights.tensor("bias", outputs) : nil, stride: stride, padding: padding)
    }

    /// `weight` [inputs, outputs, kernel], `bias` [outputs].
    init(weight: Tensor, bias: Tensor?, stride: Int, padding: Int = 0) {
        let (inputs, outputs, kernel) = (weight.shape[0], weight.shape[1], weight.shape[2])
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        phases = (0..<min(stride, kernel)).map { phase in
            // Taps from the oldest input to the newest: k falls by the stride.
            let taps = (kernel - phase + stride - 1) / stride
            return PackedWeights(
                weight, outputs: outputs, taps: taps, channels: inputs, offset: phase + (taps - 1) * stride,
                steps: (kernel, -stride, outputs * kernel))
        }
        self.bias = bias?.owned()
    }

    /// `x` [B, T, inputs]; returns [B, (T - 1) stride - 2 padding + kernel, outputs].
    /// With an `inputSlope` below 1, the layer takes leakyReLU(inputSlope) of `x`, which costs no pass over memory.
    func callAsFunction(_ x: Tensor, inputSlope: Float = 1, activation: Activation = .none) -> Tensor {
        precondition(
            x.shape.count == 3 && x.shape[2] == inputs, "a convolution of \(inputs) channels cannot take \(x.shape)")
        precondition(kernel >= stride, "a kernel shorter than its stride leaves samples without a value")
        let (batch, length) = (x.shape[0], x.shape[1])
        let outputLength = (length - 1) * stride - 2 * padding + kernel
        return unsafe Tensor(uninitialized: [batch, outputLength, outputs]) { target in
            unsafe x.withUnsafeElements { source in
                unsafe withElements(of: bias) { bias in
                    for image in 0..<batch {
                        for (phase, weights) in phases.enumerated() {
                            // q runs over the inputs for which the output sample lies inside the result.
                            let first = max(0, (padding - phase + stride - 1) / stride)
                            let last = (outputLength - 1 + padding - phase) / stride
                            guard first <= last else { continue }
                            let geometry = ConvolutionGeometry(
                                width: length, outputWidth: last - first + 1, kernel: (1, weights.taps),
                                left: weights.taps - 1 - first, inputSlope: inputSlope)
                            let start = image * outputLength + first * stride + phase - padding
                            unsafe weights.convolve(
                                source.baseAddress! + image * length * inputs, batch: 1, geometry,
                                into: target.baseAddress! + start * outputs, outputStride: stride * outputs, bias: bias,
                                activation: activation, residual: nil)
                        }
                    }
                }
            }
        }
    }
}
