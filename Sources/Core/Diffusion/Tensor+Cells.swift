extension Tensor {
    /// Of a latent [B, T, F, C]: takes the cells for which `isReplaced(t * F + f)` holds from another latent of the same shape.
    mutating func replaceCells(with other: Tensor, where isReplaced: (Int) -> Bool) {
        precondition(shape == other.shape && shape.count == 4, "shapes \(shape) and \(other.shape)")
        let (batch, cells, channels) = (shape[0], shape[1] * shape[2], shape[3])
        let chosen = (0..<cells).filter(isReplaced)
        guard !chosen.isEmpty else { return }
        withMutableSpan { target in
            other.withSpan { source in
                for item in 0..<batch {
                    for cell in chosen {
                        let start = (item * cells + cell) * channels
                        for index in start..<start + channels { target[index] = source[index] }
                    }
                }
            }
        }
    }

    /// Of a latent [B, T, F, C]: adds the frames of a shorter one, each times its weight, from frame `first` on.
    mutating func addFrames(of other: Tensor, at first: Int, weights: [Float]) {
        let (batch, frames, row) = (shape[0], shape[1], shape[2] * shape[3])
        let count = other.shape[1]
        precondition(weights.count == count && first + count <= frames, "frames beyond the end")
        withMutableSpan { target in
            other.withSpan { source in
                for item in 0..<batch {
                    for frame in 0..<count {
                        let to = (item * frames + first + frame) * row
                        let from = (item * count + frame) * row
                        for index in 0..<row { target[to + index] += weights[frame] * source[from + index] }
                    }
                }
            }
        }
    }
}
