internal import CKernels

/// Normalises each group of channels of each image over all positions (arXiv 1803.08494), then scales and shifts every
/// channel, then applies an activation: y = activation((x - mean) / sqrt(variance + epsilon) weight + bias).
struct GroupNorm: Sendable {
    let channels: Int
    private let groups: Int
    private let epsilon: Float
    private let weight: [Float]
    private let bias: [Float]

    /// Reads "weight" [channels] and "bias" [channels].
    init(
        _ weights: WeightScope, channels: Int, groups: Int, epsilon: Float
    ) throws(CheckpointError) {
        self.init(
            weight: try weights.tensor("weight", channels), bias: try weights.tensor("bias", channels), groups: groups,
            epsilon: epsilon)
    }

    init(weight: Tensor, bias: Tensor, groups: Int, epsilon: Float) {
        channels = weight.count
        precondition(channels % groups == 0, "\(channels) channels cannot be cut into \(groups) groups")
        self.groups = groups
        self.epsilon = epsilon
        self.weight = weight.elements
        self.bias = bias.elements
    }

    /// `x` [B, ..., channels]; returns the same shape.
    func callAsFunction(_ x: Tensor, activation: Activation = .none) -> Tensor {
        precondition(x.shape.last == channels, "a normalisation of \(channels) channels cannot take \(x.shape)")
        let kernels = unsafe InstructionSet.current.kernels
        let batch = x.shape[0]
        let rows = x.count / max(1, batch * channels)
        let run = max(1, Tensor.elementsPerTask / channels)
        let runs = (rows + run - 1) / run
        return unsafe Tensor(uninitialized: x.shape) { target in
            unsafe x.withUnsafeElements { source in
                let source = source.baseAddress!
                // Sums about the first position of each image, by runs of positions.
                let sums = unsafe Tensor(uninitialized: [batch, runs, 2, channels]) { sums in
                    unsafe sums.initialize(repeating: 0)
                    Parallel.run(batch * runs) { task in
                        let (image, index) = task.quotientAndRemainder(dividingBy: runs)
                        let pivot = unsafe source + image * rows * channels
                        let start = index * run
                        let to = unsafe sums.baseAddress! + task * 2 * channels
                        unsafe kernels.pointee.moments(
                            pivot + start * channels, Int64(min(run, rows - start)), Int64(channels), pivot, to,
                            to + channels)
                    }
                }
                let factors = (0..<batch).map { image in
                    unsafe self.factors(
                        sums.elements, image: image, runs: runs, rows: rows, pivot: source + image * rows * channels)
                }
                Parallel.run(batch * runs) { task in
                    let (image, index) = task.quotientAndRemainder(dividingBy: runs)
                    let start = (image * rows + index * run) * channels
                    unsafe kernels.pointee.scale(
                        source + start, target.baseAddress! + start, Int64(min(run, rows - index * run)),
                        Int64(channels),
                        factors[image].scale, factors[image].shift, activation.kind, activation.slope)
                }
            }
        }
    }

    /// The factor and the addend of each channel of one image.
    private func factors(
        _ sums: [Float], image: Int, runs: Int, rows: Int, pivot: UnsafePointer<Float>
    ) -> (scale: [Float], shift: [Float]) {
        let width = channels / groups
        let count = Double(rows * width)
        var scale = weight
        var shift = bias
        for group in 0..<groups {
            var total = 0.0
            var squares = 0.0
            let members = group * width..<(group + 1) * width
            // Channel sums are about different pivots: bring them to the pivot of the group's first channel.
            let origin = unsafe Double(pivot[members.lowerBound])
            for channel in members {
                var s = 0.0
                var q = 0.0
                for run in 0..<runs {
                    let at = (image * runs + run) * 2 * channels + channel
                    s += Double(sums[at])
                    q += Double(sums[at + channels])
                }
                let offset = unsafe Double(pivot[channel]) - origin
                total += s + Double(rows) * offset
                squares += q + 2 * offset * s + Double(rows) * offset * offset
            }
            let mean = total / count
            let variance = max(0, squares / count - mean * mean)
            let factor = 1 / (variance + Double(epsilon)).squareRoot()
            for channel in members {
                scale[channel] = Float(Double(weight[channel]) * factor)
                shift[channel] = Float(Double(bias[channel]) - (origin + mean) * Double(weight[channel]) * factor)
            }
        }
        return (scale, shift)
    }
}
