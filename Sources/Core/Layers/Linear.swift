/// y = activation(x W^T + b) + residual on the last axis.
struct Linear: Sendable {
    let inputs: Int
    let outputs: Int
    private let weights: PackedWeights
    /// What the weights are kept as.
    var precision: Precision { weights.precision }
    private let bias: Tensor?

    /// Reads "weight" [outputs, inputs] and, unless `bias` is false, "bias" [outputs]. The weight may also be that of a
    /// 1x1 convolution, [outputs, inputs, 1, 1].
    init(
        _ weights: WeightScope, in inputs: Int, out outputs: Int, bias: Bool = true
    ) throws(CheckpointError) {
        let isConvolution = weights.shape(of: "weight")?.count == 4
        let weight = try weights.tensor("weight", shape: isConvolution ? [outputs, inputs, 1, 1] : [outputs, inputs])
        self.init(weight: weight, bias: bias ? try weights.tensor("bias", outputs) : nil)
    }

    /// `weight` [outputs, inputs], `bias` [outputs].
    init(weight: Tensor, bias: Tensor?) {
        outputs = weight.shape[0]
        inputs = weight.shape[1]
        weights = PackedWeights(weight, taps: 1)
        self.bias = bias?.owned()
    }

    /// `x` [..., inputs], `residual` [..., outputs]; returns [..., outputs].
    func callAsFunction(
        _ x: Tensor, activation: Activation = .none, adding residual: Tensor? = nil
    ) -> Tensor {
        precondition(x.shape.last == inputs, "a linear layer of \(inputs) inputs cannot take \(x.shape)")
        let rows = x.count / inputs
        return weights.convolve(
            x, batch: 1, ConvolutionGeometry(width: rows, outputWidth: rows), shape: x.shape.dropLast() + [outputs],
            Epilogue(bias: bias, activation: activation, residual: residual))
    }
}
