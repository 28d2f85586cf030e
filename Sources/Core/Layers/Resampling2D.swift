/// The image `x` [B, H, W, C] at another size by its nearest pixels, as torch's `interpolate(mode: "nearest")` picks them:
/// row y comes from row floor(y H / height).
func upsampledNearest(_ x: Tensor, to size: (height: Int, width: Int)) -> Tensor {
    let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    return unsafe Tensor(uninitialized: [batch, size.height, size.width, channels]) { target in
        unsafe x.withUnsafeElements { source in
            Parallel.run(batch * size.height) { row in
                let (image, y) = row.quotientAndRemainder(dividingBy: size.height)
                let from = unsafe source.baseAddress! + (image * height + y * height / size.height) * width * channels
                let to = unsafe target.baseAddress! + row * size.width * channels
                for x in 0..<size.width {
                    unsafe (to + x * channels).initialize(
                        from: from + x * width / size.width * channels, count: channels)
                }
            }
        }
    }
}
