/// The audio tower of CLAP (arXiv 2211.06687): HTSAT (arXiv 2202.00874), a transformer of shifted windows over the patches of a
/// spectrogram that is folded into a square, and a projection.
public struct AudioEncoder: Sendable {
    /// The sizes of the network.
    public let configuration: AudioEncoderConfiguration
    private let normaliser: MelNormaliser
    private let patches: PatchEmbedding
    private let stages: [AudioStage]
    private let norm: LayerNorm
    private let projection: Projection

    init(_ weights: WeightScope, _ configuration: AudioEncoderConfiguration) throws(CheckpointError) {
        self.configuration = configuration
        let encoder = weights["audio_model"]["audio_encoder"]
        normaliser = try MelNormaliser(encoder["batch_norm"], bins: configuration.melBins)
        patches = try PatchEmbedding(encoder["patch_embed"], configuration)
        var stages: [AudioStage] = []
        var grid = patches.grid
        for index in configuration.depths.indices {
            let stage = try AudioStage(encoder["layers"][index], configuration, index: index, grid: grid)
            grid = stage.outputGrid
            stages.append(stage)
        }
        self.stages = stages
        let width = configuration.width(configuration.depths.count - 1)
        norm = try LayerNorm(encoder["norm"], channels: width, epsilon: 1e-5)
        projection = try Projection(
            weights["audio_projection"], in: width, out: configuration.embeddingWidth,
            activation: configuration.projectionActivation)
    }

    /// Makes the embedding of a sound. It is not normalised to length 1.
    /// - Parameter mel: the log-mel [B, T, bins] as the model was trained on it, at most `configuration.maximumFrames`
    ///   long.
    /// - Returns: the embedding, [B, embedding width].
    public func callAsFunction(_ mel: Tensor) -> Tensor {
        precondition(
            mel.shape[1] <= configuration.maximumFrames && mel.shape[2] == configuration.melBins,
            "a mel of shape \(mel.shape) for an audio encoder of \(configuration.maximumFrames) frames")
        // 1. Normalise each bin, stretch to the full length, fold into a square.
        let images = folded(stretchedAlongTime(normaliser(mel), to: configuration.maximumFrames))
        // 2. Patches and windows, of one sound at a time: the windows stand where a batch would.
        let sounds = (0..<mel.shape[0]).map { sound in
            stages.reduce(patches(images.sliced(axis: 0, sound..<sound + 1))) { $1($0) }
        }
        // 3. The mean of all cells, and project.
        return projection(meanOfCells(norm(Tensor.concatenated(sounds, axis: 0))))
    }

    /// [B, T, bins] to [B, side, side]: strips of time under each other, in each strip frequency downwards and time to the right.
    private func folded(_ mel: Tensor) -> Tensor {
        let (strips, side, bins) = (configuration.strips, configuration.imageSize, configuration.melBins)
        let batch = mel.shape[0]
        return mel.reshaped([batch, strips, side, bins]).transposed([0, 1, 3, 2]).reshaped([batch, side, side])
    }

    /// [B, L, C] to [B, C]
    private func meanOfCells(_ x: Tensor) -> Tensor {
        let (batch, cells, width) = (x.shape[0], x.shape[1], x.shape[2])
        var sums = [Float](repeating: 0, count: batch * width)
        x.withSpan { x in
            for row in 0..<batch * cells {
                let target = row / cells * width
                for channel in 0..<width { sums[target + channel] += x[row * width + channel] }
            }
        }
        return Tensor(sums.map { $0 / Float(cells) }, shape: [batch, width])
    }
}

/// Batch normalisation of each mel bin with stored statistics.
private struct MelNormaliser: Sendable {
    /// Per bin: `x * scale + shift`.
    let scale: [Float]
    let shift: [Float]

    init(_ weights: WeightScope, bins: Int) throws(CheckpointError) {
        let weight = try weights.tensor("weight", bins).elements
        let bias = try weights.tensor("bias", bins).elements
        let mean = try weights.tensor("running_mean", bins).elements
        let variance = try weights.tensor("running_var", bins).elements
        weights.skip("num_batches_tracked")
        let scale = (0..<bins).map { weight[$0] / (variance[$0] + 1e-5).squareRoot() }
        self.scale = scale
        shift = (0..<bins).map { bias[$0] - mean[$0] * scale[$0] }
    }

    /// [B, T, bins] to the same shape.
    func callAsFunction(_ mel: Tensor) -> Tensor {
        var elements = mel.elements
        for index in elements.indices {
            let bin = index % scale.count
            elements[index] = elements[index] * scale[bin] + shift[bin]
        }
        return Tensor(elements, shape: mel.shape)
    }
}

/// Overlapping or adjoining patches of the image, each a vector.
private struct PatchEmbedding: Sendable {
    let projection: Linear
    let norm: LayerNorm?
    let size: (height: Int, width: Int)
    let stride: (height: Int, width: Int)
    let grid: (height: Int, width: Int)

    init(_ weights: WeightScope, _ configuration: AudioEncoderConfiguration) throws(CheckpointError) {
        (size, stride) = (configuration.patchSize, configuration.patchStride)
        grid = (configuration.imageSize / stride.height, configuration.imageSize / stride.width)
        let area = size.height * size.width
        let width = configuration.patchWidth
        projection = Linear(
            weight: try weights["proj"].tensor("weight", width, 1, size.height, size.width).reshaped([width, area]),
            bias: try weights["proj"].tensor("bias", width))
        norm =
            configuration.hasPatchNorm ? try LayerNorm(weights["norm"], channels: width, epsilon: 1e-5) : nil
    }

    /// [B, side, side] to [B, patches, width]
    func callAsFunction(_ image: Tensor) -> Tensor {
        let (batch, side) = (image.shape[0], image.shape[1])
        let (above, before) = ((size.height - stride.height) / 2, (size.width - stride.width) / 2)
        var columns: [Float] = []
        columns.reserveCapacity(batch * grid.height * grid.width * size.height * size.width)
        image.withSpan { image in
            for item in 0..<batch {
                for top in 0..<grid.height {
                    for left in 0..<grid.width {
                        for y in 0..<size.height {
                            let row = top * stride.height + y - above
                            for x in 0..<size.width {
                                let column = left * stride.width + x - before
                                let isInside = (0..<side).contains(row) && (0..<side).contains(column)
                                columns.append(isInside ? image[(item * side + row) * side + column] : 0)
                            }
                        }
                    }
                }
            }
        }
        let embedded = projection(
            Tensor(columns, shape: [batch, grid.height * grid.width, size.height * size.width]))
        return norm.map { $0(embedded) } ?? embedded
    }
}

/// Cubic convolution along time (R. Keys, 1981, with a = -0.75), the first and the last frame kept in place: PyTorch's bicubic
/// interpolation with aligned corners. [B, T, F] to [B, count, F].
private func stretchedAlongTime(_ mel: Tensor, to count: Int) -> Tensor {
    let (batch, frames, bins) = (mel.shape[0], mel.shape[1], mel.shape[2])
    if frames == count { return mel }
    func near(_ x: Float) -> Float { (1.25 * x - 2.25) * x * x + 1 }
    func far(_ x: Float) -> Float { ((-0.75 * x + 3.75) * x - 6) * x + 3 }
    let step = Float(frames - 1) / Float(count - 1)
    var result = [Float](repeating: 0, count: batch * count * bins)
    mel.withSpan { mel in
        for frame in 0..<count {
            let position = step * Float(frame)
            let first = min(Int(position), frames - 1)
            let offset = position - Float(first)
            let shares = [far(offset + 1), near(offset), near(1 - offset), far(2 - offset)]
            for (index, share) in shares.enumerated() {
                let source = min(max(first + index - 1, 0), frames - 1)
                for item in 0..<batch {
                    let (target, from) = ((item * count + frame) * bins, (item * frames + source) * bins)
                    for bin in 0..<bins { result[target + bin] += share * mel[from + bin] }
                }
            }
        }
    }
    return Tensor(result, shape: [batch, count, bins])
}
