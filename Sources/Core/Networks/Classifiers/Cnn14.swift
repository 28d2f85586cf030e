public import Foundation

/// PANNs' Cnn14 (arXiv 1912.10211), a classifier of AudioSet's 527 classes, as its authors publish it: the network by which AudioLDM's
/// paper measures.
///
/// `Cnn14_mAP=0.431.pth` hears 32 kHz and `Cnn14_16k_mAP=0.438.pth` 16 kHz; the number of bins under the mel bank tells which one a
/// file is.
public struct Cnn14: Sendable {
    /// The rate of the sound that it hears, in Hz.
    public let samplingRate: Int
    /// The number of classes.
    public let classes: Int
    /// The number of elements of an embedding.
    public let embeddingWidth: Int

    private let transform: ShortTimeFourierTransform
    /// [bins, bands]
    private let melWeights: Tensor
    private let normaliser: BatchNormalisation
    private let blocks: [ConvolutionBlock]
    private let embedding: Linear
    private let classifier: Linear

    /// Samples of the shortest sound: the blocks halve the time five times.
    private var shortest: Int { 32 * transform.hopSize }

    /// What the network makes of a sound.
    public struct Hearing: Sendable {
        /// [1, embedding width], none of it below 0.
        public let embedding: Tensor
        /// The classes before softmax or sigmoid, [1, classes].
        public let logits: Tensor
    }

    /// Loads the network.
    /// - Parameter file: the published `.pth`, or the same tensors as `.safetensors`.
    /// - Throws: `CheckpointError` for a file that cannot be read or is of another network.
    public init(file: URL) throws(CheckpointError) {
        let weights = try WeightFile(file: file)
        try self.init(weights.root)
        try weights.requireFullyRead()
        weights.releasePages()
    }

    init(_ weights: WeightScope) throws(CheckpointError) {
        let path = weights.weights.path
        guard let shape = weights.shape(of: "logmel_extractor.melW"), shape.count == 2, shape[1] >= 32 else {
            throw .missing(file: path, key: "logmel_extractor.melW", expected: [513, 64])
        }
        let size = 2 * (shape[0] - 1)
        switch size {
        case 512: samplingRate = 16_000
        case 1024: samplingRate = 32_000
        default:
            throw .configuration(
                file: path, key: "logmel_extractor.melW",
                expected: "257 rows (16 kHz) or 513 rows (32 kHz), as the published Cnn14 have", found: "\(shape[0])")
        }
        transform = ShortTimeFourierTransform(
            fftSize: size, windowSize: size, hopSize: samplingRate / 100)
        try Self.check(weights["spectrogram_extractor"]["stft"], transform)
        let bands = shape[1]
        melWeights = try weights.tensor("logmel_extractor.melW", shape: shape).owned()
        normaliser = try BatchNormalisation(weights["bn0"], bands)

        var blocks: [ConvolutionBlock] = []
        var inputs = 1
        for number in 1...6 {
            let block = try ConvolutionBlock(weights["conv_block\(number)"], in: inputs, isPooled: number < 6)
            inputs = block.outputs
            blocks.append(block)
        }
        self.blocks = blocks
        embeddingWidth = try Self.rows(of: weights["fc1"])
        classes = try Self.rows(of: weights["fc_audioset"])
        embedding = try Linear(weights["fc1"], in: inputs, out: embeddingWidth)
        classifier = try Linear(weights["fc_audioset"], in: embeddingWidth, out: classes)
    }

    /// Hears a sound whole.
    /// - Parameter samples: one channel at `samplingRate`; a sound of less than 0.32 s is followed by silence.
    public func callAsFunction(_ samples: [Float]) -> Hearing {
        let missing = max(0, shortest - samples.count)
        // 1. Log-mel, each band normalised.
        let mel = normaliser(logMel(samples + [Float](repeating: 0, count: missing)))
        // 2. Six blocks of two convolutions.
        let (frames, bands) = (mel.shape[0], mel.shape[1])
        let features = blocks.reduce(mel.reshaped([1, frames, bands, 1])) { $1($0) }
        // 3. The mean over frequency; over time the greatest and the mean, added.
        let hidden = embedding(Self.pooled(features), activation: .relu)
        return Hearing(embedding: hidden, logits: classifier(hidden))
    }

    /// 10 log10 of the power in each mel band, at least 1e-10: [T, bands].
    private func logMel(_ samples: [Float]) -> Tensor {
        let powers = transform.magnitudes(samples).map { $0 * $0 }
        let (bins, bands) = (melWeights.shape[0], melWeights.shape[1])
        let spectra = Tensor(powers, shape: [powers.count / bins, bins])
        let mel = Linear(weight: melWeights.transposed([1, 0]), bias: nil)(spectra)
        return Tensor(mel.elements.map { 10 * log10(max($0, 1e-10)) }, shape: [spectra.shape[0], bands])
    }

    /// [1, T, F, C] to [1, C]
    private static func pooled(_ x: Tensor) -> Tensor {
        let (frames, bands, channels) = (x.shape[1], x.shape[2], x.shape[3])
        var most = [Float](repeating: -.infinity, count: channels)
        var sum = [Float](repeating: 0, count: channels)
        x.withSpan { x in
            for frame in 0..<frames {
                for channel in 0..<channels {
                    var mean: Float = 0
                    for band in 0..<bands { mean += x[(frame * bands + band) * channels + channel] }
                    mean /= Float(bands)
                    most[channel] = max(most[channel], mean)
                    sum[channel] += mean
                }
            }
        }
        return Tensor(zip(most, sum).map { $0 + $1 / Float(frames) }, shape: [1, channels])
    }

    /// The rows of a dense layer's weight.
    private static func rows(of weights: WeightScope) throws(CheckpointError) -> Int {
        guard let shape = weights.shape(of: "weight"), shape.count == 2 else {
            throw .missing(file: weights.weights.path, key: "\(weights.path).weight", expected: [2048, 2048])
        }
        return shape[0]
    }

    /// The published files hold the windowed Fourier transform as the weights of convolutions. Where they are there, they have to be
    /// the transform that is computed here.
    private static func check(_ weights: WeightScope, _ transform: ShortTimeFourierTransform) throws(CheckpointError) {
        for (name, phase) in [("conv_real.weight", 0.0), ("conv_imag.weight", Double.pi / 2)]
        where weights.contains(name) {
            let (size, bins) = (transform.fftSize, transform.bins)
            let stored = try weights.tensor(name, bins, 1, size).elements
            let wave = (0..<size).map { Float(cos(2 * .pi * Double($0) / Double(size) + phase)) }
            let isRight = (0..<bins).allSatisfy { bin in
                (0..<size).allSatisfy { place in
                    abs(stored[bin * size + place] - transform.window[place] * wave[bin * place % size]) < 2e-3
                }
            }
            guard isRight else {
                throw .malformed(
                    file: weights.weights.path, key: "\(weights.path).\(name)",
                    reason: "expected the Fourier transform under a Hann window, as the published Cnn14 have")
            }
        }
    }
}

/// Batch normalisation with stored statistics: x * scale + shift on each channel of the last axis.
private struct BatchNormalisation: Sendable {
    let scale: [Float]
    let shift: [Float]

    init(_ weights: WeightScope, _ channels: Int) throws(CheckpointError) {
        let weight = try weights.tensor("weight", channels).elements
        let bias = try weights.tensor("bias", channels).elements
        let mean = try weights.tensor("running_mean", channels).elements
        let variance = try weights.tensor("running_var", channels).elements
        weights.skip("num_batches_tracked")
        let scale = (0..<channels).map { weight[$0] / (variance[$0] + 1e-5).squareRoot() }
        self.scale = scale
        shift = (0..<channels).map { bias[$0] - mean[$0] * scale[$0] }
    }

    /// [..., channels] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        var elements = x.elements
        for index in elements.indices {
            let channel = index % scale.count
            elements[index] = elements[index] * scale[channel] + shift[channel]
        }
        return Tensor(elements, shape: x.shape)
    }

    /// A convolution with this normalisation behind it.
    func after(_ weight: Tensor) -> Convolution2D {
        var elements = weight.elements
        let perChannel = elements.count / scale.count
        for index in elements.indices { elements[index] *= scale[index / perChannel] }
        return Convolution2D(
            weight: Tensor(elements, shape: weight.shape), bias: Tensor(shift, shape: [shift.count]))
    }
}

/// Two convolutions of 3 x 3, each normalised and rectified, and the mean of each 2 x 2 cells.
private struct ConvolutionBlock: Sendable {
    let outputs: Int
    private let first: Convolution2D
    private let second: Convolution2D
    private let isPooled: Bool

    init(_ weights: WeightScope, in inputs: Int, isPooled: Bool) throws(CheckpointError) {
        guard let shape = weights.shape(of: "conv1.weight"), shape.count == 4 else {
            throw .missing(
                file: weights.weights.path, key: "\(weights.path).conv1.weight", expected: [2 * inputs, inputs, 3, 3])
        }
        outputs = shape[0]
        self.isPooled = isPooled
        first = try BatchNormalisation(weights["bn1"], outputs).after(
            weights["conv1"].tensor("weight", outputs, inputs, 3, 3))
        second = try BatchNormalisation(weights["bn2"], outputs).after(
            weights["conv2"].tensor("weight", outputs, outputs, 3, 3))
    }

    /// [1, T, F, inputs] to [1, T / 2, F / 2, outputs], rounded down; without pooling to [1, T, F, outputs].
    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = second(first(x, activation: .relu), activation: .relu)
        return isPooled ? Self.halved(y) : y
    }

    private static func halved(_ x: Tensor) -> Tensor {
        let (height, width, channels) = (x.shape[1] / 2, x.shape[2] / 2, x.shape[3])
        let row = x.shape[2] * channels
        var result = [Float](repeating: 0, count: height * width * channels)
        x.withSpan { x in
            for top in 0..<height {
                for left in 0..<width {
                    let (source, target) = (2 * top * row + 2 * left * channels, (top * width + left) * channels)
                    for channel in 0..<channels {
                        let place = source + channel
                        result[target + channel] =
                            (x[place] + x[place + channels] + x[place + row] + x[place + row + channels]) / 4
                    }
                }
            }
        }
        return Tensor(result, shape: [1, height, width, channels])
    }
}
