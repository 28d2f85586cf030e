/// HiFi-GAN's generator (arXiv 2010.05646, section 2.2) as SpeechT5HifiGan has it: transposed convolutions that raise the frame rate
/// to the sampling rate, each followed by the mean of residual blocks of several kernel lengths.
struct HifiGan: Vocoder {
    let configuration: HifiGanConfiguration
    private let input: Convolution1D
    private let stages: [Stage]
    private let output: Convolution1D
    /// Mean and scale of each mel bin.
    private let normaliser: (mean: Tensor, scale: Tensor)?

    private struct Stage: Sendable {
        let upsampling: TransposedConvolution1D
        let blocks: [DilatedBlock]
    }

    var samplingRate: Int { configuration.samplingRate }
    var melBins: Int { configuration.melBins }
    var hopSize: Int { configuration.hopSize }

    init(_ weights: WeightScope, _ configuration: HifiGanConfiguration) throws(CheckpointError) {
        self.configuration = configuration
        let kernels = configuration.residualKernels
        input = try Convolution1D(
            weights["conv_pre"], in: configuration.melBins, out: configuration.channels, kernel: 7, padding: 3)
        var stages: [Stage] = []
        for (index, rate) in configuration.upsamplingRates.enumerated() {
            let channels = configuration.channels >> (index + 1)
            let kernel = configuration.upsamplingKernels[index]
            var blocks: [DilatedBlock] = []
            for (position, length) in kernels.enumerated() {
                blocks.append(
                    try DilatedBlock(
                        weights["resblocks"][index * kernels.count + position], channels: channels, kernel: length,
                        dilations: configuration.dilations[position], slope: configuration.slope))
            }
            stages.append(
                Stage(
                    upsampling: try TransposedConvolution1D(
                        weights["upsampler"][index], in: configuration.channels >> index, out: channels, kernel: kernel,
                        stride: rate, padding: (kernel - rate) / 2),
                    blocks: blocks))
        }
        self.stages = stages
        output = try Convolution1D(
            weights["conv_post"], in: configuration.channels >> stages.count, out: 1, kernel: 7, padding: 3)
        if configuration.normalizesInput {
            normaliser = (
                try weights.tensor("mean", configuration.melBins), try weights.tensor("scale", configuration.melBins)
            )
        } else {
            normaliser = nil
            weights.skip("mean")
            weights.skip("scale")
        }
    }

    /// Log-mel [B, T, bins] to samples [B, N]; N is T times the hop, and a few more where a kernel is longer than its rate by an odd number.
    func callAsFunction(_ mel: Tensor, from first: Int) -> Tensor {
        var hidden = input(normalised(mel))
        for stage in stages {
            hidden = stage.upsampling(hidden, inputSlope: configuration.slope)
            var sum = stage.blocks[0](hidden)
            for block in stage.blocks.dropFirst() { sum += block(hidden) }
            sum /= Float(stage.blocks.count)
            hidden = sum
        }
        // The reference leaves this one slope at PyTorch's default.
        let samples = output(hidden, inputSlope: 0.01, activation: .tanh)
        return samples.reshaped([samples.shape[0], samples.shape[1]])
    }

    private func normalised(_ mel: Tensor) -> Tensor {
        guard let normaliser else { return mel }
        let rows = mel.count / melBins
        let mean = normaliser.mean.elements
        let scale = normaliser.scale.elements
        var elements = mel.elements
        for row in 0..<rows {
            for bin in 0..<melBins {
                elements[row * melBins + bin] = (elements[row * melBins + bin] - mean[bin]) / scale[bin]
            }
        }
        return Tensor(elements, shape: mel.shape)
    }

    /// The reach of each convolution divided by the frame's length at its own rate, summed and rounded up.
    var contextFrames: Int {
        var samplesPerFrame = 1
        var reach = 3.0
        for (rate, kernel) in zip(configuration.upsamplingRates, configuration.upsamplingKernels) {
            samplesPerFrame *= rate
            let widest = zip(configuration.residualKernels, configuration.dilations).map { length, dilations in
                dilations.reduce(0) { $0 + (length - 1) / 2 * ($1 + 1) }
            }
            reach += Double(kernel + widest.max()!) / Double(samplesPerFrame)
        }
        return Int((reach + 3 / Double(samplesPerFrame)).rounded(.up))
    }
}

/// Pairs of a dilated and an undilated convolution, each pair with a shortcut.
private struct DilatedBlock: Sendable {
    let pairs: [(dilated: Convolution1D, plain: Convolution1D)]
    let slope: Float

    init(_ weights: WeightScope, channels: Int, kernel: Int, dilations: [Int], slope: Float) throws(CheckpointError) {
        self.slope = slope
        var pairs: [(Convolution1D, Convolution1D)] = []
        for (index, dilation) in dilations.enumerated() {
            pairs.append(
                (
                    try Convolution1D(
                        weights["convs1"][index], in: channels, out: channels, kernel: kernel, dilation: dilation,
                        padding: (kernel - 1) * dilation / 2),
                    try Convolution1D(
                        weights["convs2"][index], in: channels, out: channels, kernel: kernel, padding: (kernel - 1) / 2
                    )
                ))
        }
        self.pairs = pairs
    }

    /// [B, T, channels] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let activation = Activation.leakyReLU(slope)
        return pairs.reduce(x) { x, pair in
            pair.plain(pair.dilated(x, inputSlope: slope, activation: activation), adding: x)
        }
    }
}
