/// Rows and columns of zeros around an image.
struct Padding2D: Sendable, Equatable {
    var top: Int, bottom: Int, left: Int, right: Int

    init(top: Int, bottom: Int, left: Int, right: Int) {
        self.top = top
        self.bottom = bottom
        self.left = left
        self.right = right
    }

    /// The same on all four sides.
    init(_ all: Int) {
        self.init(top: all, bottom: all, left: all, right: all)
    }

    static let none = Padding2D(0)
}

/// A two-dimensional convolution of channels-last images:
/// y = activation(x * W + b + per-channel addend) + residual.
struct Convolution2D: Sendable {
    let inputs: Int
    let outputs: Int
    private let kernel: (height: Int, width: Int)
    private let stride: Int
    private let padding: Padding2D
    private let weights: PackedWeights
    private let bias: Tensor?

    /// Reads "weight" [outputs, inputs, kernel height, kernel width] and, unless `bias` is false, "bias" [outputs].
    /// Without a `padding`, an odd kernel at stride 1 keeps the size of the image.
    init(
        _ weights: WeightScope, in inputs: Int, out outputs: Int, kernel: (Int, Int), stride: Int = 1,
        padding: Padding2D? = nil, bias: Bool = true
    ) throws(CheckpointError) {
        let weight = try weights.tensor("weight", outputs, inputs, kernel.0, kernel.1)
        self.init(
            weight: weight, bias: bias ? try weights.tensor("bias", outputs) : nil, stride: stride, padding: padding)
    }

    /// `weight` [outputs, inputs, kernel height, kernel width], `bias` [outputs].
    init(weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Padding2D? = nil) {
        outputs = weight.shape[0]
        inputs = weight.shape[1]
        kernel = (weight.shape[2], weight.shape[3])
        self.stride = stride
        self.padding =
            padding
            ?? Padding2D(
                top: (kernel.height - 1) / 2, bottom: kernel.height / 2, left: (kernel.width - 1) / 2,
                right: kernel.width / 2)
        weights = PackedWeights(weight, taps: kernel.height * kernel.width)
        self.bias = bias?.owned()
    }

    /// `x` [B, H, W, inputs], `residual` [B, H', W', outputs], `perChannel` [B, outputs]; returns [B, H', W', outputs].
    func callAsFunction(
        _ x: Tensor, activation: Activation = .none, adding residual: Tensor? = nil,
        addingPerChannel perChannel: Tensor? = nil
    ) -> Tensor {
        precondition(
            x.shape.count == 4 && x.shape[3] == inputs, "a convolution of \(inputs) channels cannot take \(x.shape)")
        let (batch, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        let outputHeight = (height + padding.top + padding.bottom - kernel.height) / stride + 1
        let outputWidth = (width + padding.left + padding.right - kernel.width) / stride + 1
        let shape = [batch, outputHeight, outputWidth, outputs]
        let geometry = ConvolutionGeometry(
            height: height, width: width, outputHeight: outputHeight, outputWidth: outputWidth, kernel: kernel,
            stride: stride, top: padding.top, left: padding.left)
        var bias = bias
        if let perChannel {
            precondition(
                perChannel.shape == [batch, outputs],
                "a per-channel addend of shape \(perChannel.shape) does not fit \(shape)")
            bias = bias.map { perChannel + $0.repeated(batch) } ?? perChannel
        }
        return weights.convolve(
            x, batch: batch, geometry, shape: shape, Epilogue(bias: bias, activation: activation, residual: residual))
    }
}
