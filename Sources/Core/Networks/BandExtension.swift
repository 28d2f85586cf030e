/// Says what most likely lies above a cut-off: the log-mel below it in, the whole log-mel out.
///
/// Convolutions over time with the bands as channels. It has learnt the median, so what it adds is right in level and colour, and
/// blurred: a first version for the diffusion model.
public struct BandExtension: Sendable {
    let configuration: BandExtensionConfiguration
    private let embedding: Convolution1D
    private let layers: [Convolution1D]
    private let output: Convolution1D

    init(_ weights: WeightScope, _ configuration: BandExtensionConfiguration) throws(CheckpointError) {
        self.configuration = configuration
        let (bins, width, kernel) = (configuration.melBins, configuration.width, configuration.kernelSize)
        embedding = try Convolution1D(
            weights["embed"], in: 2 * bins, out: width, kernel: kernel, padding: kernel / 2)
        var layers: [Convolution1D] = []
        for (index, dilation) in configuration.dilations.enumerated() {
            layers.append(
                try Convolution1D(
                    weights["layers"][index], in: width, out: width, kernel: kernel, dilation: dilation,
                    padding: kernel / 2 * dilation))
        }
        self.layers = layers
        output = try Convolution1D(weights["out"], in: width, out: bins, kernel: 1)
    }

    /// Replaces the upper bands of a log-mel spectrogram by what most likely is there.
    /// - Parameters:
    ///   - mel: the log-mel spectrogram, [B, T, bins].
    ///   - first: the first band of which nothing is known; it and those above are replaced.
    /// - Returns: the log-mel spectrogram with the same bands below `first`, in the same shape.
    public func callAsFunction(_ mel: Tensor, above first: Int) -> Tensor {
        let (bins, mean, scale) = (configuration.melBins, configuration.inputMean, configuration.inputScale)
        precondition(mel.shape.count == 3 && mel.shape[2] == bins, "a log-mel of \(bins) bands, found \(mel.shape)")
        guard first < bins else { return mel }
        var seen = [Float](repeating: 0, count: 2 * mel.count)
        let known = mel.elements
        for row in 0..<mel.shape[0] * mel.shape[1] {
            for band in 0..<first {
                seen[2 * row * bins + band] = (known[row * bins + band] - mean) / scale
                seen[(2 * row + 1) * bins + band] = 1
            }
        }
        var frames = embedding(Tensor(seen, shape: [mel.shape[0], mel.shape[1], 2 * bins]), activation: .gelu)
        for layer in layers { frames = layer(frames, activation: .gelu, adding: frames) }
        let made = output(frames).elements
        return Tensor(
            made.enumerated().map { $0 % bins < first ? known[$0] : $1 * scale + mean }, shape: mel.shape)
    }
}
