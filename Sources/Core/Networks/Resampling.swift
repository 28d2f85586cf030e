/// A convolution that halves height and width (odd sizes are rounded up with padding 1, down with padding 0).
struct Downsampling: Sendable {
    let conv: Convolution2D

    /// - Parameter padding: 1 on every side, or 0: then a row and a column of zeros at the end only, as the autoencoder has it.
    init(_ weights: WeightScope, channels: Int, padding: Int) throws(CheckpointError) {
        conv = try Convolution2D(
            weights["conv"], in: channels, out: channels, kernel: (3, 3), stride: 2,
            padding: Padding2D(top: padding, bottom: 1, left: padding, right: 1))
    }

    /// [B, H, W, C] to half of H and W.
    func callAsFunction(_ x: Tensor) -> Tensor { conv(x) }
}

/// Each cell repeated, then a convolution.
struct Upsampling: Sendable {
    let conv: Convolution2D

    init(_ weights: WeightScope, channels: Int) throws(CheckpointError) {
        conv = try Convolution2D(weights["conv"], in: channels, out: channels, kernel: (3, 3))
    }

    /// [B, H, W, C] to twice H and W, or to `size`, when the level above has an odd height or width.
    func callAsFunction(_ x: Tensor, to size: (height: Int, width: Int)? = nil) -> Tensor {
        conv(upsampledNearest(x, to: size ?? (2 * x.shape[1], 2 * x.shape[2])))
    }
}
