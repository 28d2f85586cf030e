/// A number of floating-point operations: those of the dense work (convolutions, dense layers, attention), done
/// directly.
///
/// There are two for each product that is added. Norms and activations are left out: they are less than a hundredth,
/// and bound by memory.
public struct Operations: Sendable, Equatable {
    /// The number of operations.
    public private(set) var count = 0.0

    /// The operations of two pieces of work together.
    public static func + (first: Operations, second: Operations) -> Operations {
        Operations(count: first.count + second.count)
    }

    /// The operations of a piece of work that is done several times.
    public static func * (operations: Operations, times: Double) -> Operations {
        Operations(count: operations.count * times)
    }

    mutating func linear(rows: Int, in inputs: Int, out outputs: Int) {
        count += 2 * Double(rows) * Double(inputs) * Double(outputs)
    }

    /// - Parameter cells: of the output.
    mutating func convolution(cells: Int, kernel: Int, in inputs: Int, out outputs: Int) {
        linear(rows: cells, in: kernel * inputs, out: outputs)
    }

    /// Queries against keys, and their weights against values.
    mutating func attention(batch: Int, length: Int, width: Int) {
        count += 4 * Double(batch) * Double(length) * Double(length) * Double(width)
    }

    mutating func residualBlock(batch: Int, cells: Int, in inputs: Int, out outputs: Int, embedding: Int = 0) {
        convolution(cells: batch * cells, kernel: 9, in: inputs, out: outputs)
        linear(rows: batch, in: embedding, out: outputs)
        convolution(cells: batch * cells, kernel: 9, in: outputs, out: outputs)
        if inputs != outputs { linear(rows: batch * cells, in: inputs, out: outputs) }
    }
}

extension UNetConfiguration {
    /// The operations of one call.
    /// - Parameters:
    ///   - batch: the number of latents.
    ///   - frames: the latent frames of each.
    ///   - bins: the latent bins of each.
    ///   - headRule: where the number of attention heads comes from.
    public func operations(batch: Int, frames: Int, bins: Int, headRule: HeadRule = .config) -> Operations {
        var sum = Operations()
        let base = levels[0].channels
        var embedding = 4 * base
        sum.linear(rows: 1, in: base, out: embedding)
        sum.linear(rows: 1, in: embedding, out: embedding)
        switch condition {
        case .none: break
        case .added(let width): sum.linear(rows: batch, in: width, out: embedding)
        case .concatenated(let width):
            sum.linear(rows: batch, in: width, out: embedding)
            embedding *= 2
        }
        func layer(_ level: Level, cells: Int, in inputs: Int, attends: Bool) {
            sum.residualBlock(batch: batch, cells: cells, in: inputs, out: level.channels, embedding: embedding)
            guard attends else { return }
            let (heads, rows) = (headRule.heads(of: level, base: base), batch * cells)
            let width = level.channels / heads * heads
            sum.linear(rows: rows, in: level.channels, out: 2 * width)
            for _ in 0..<level.transformerLayers {
                for _ in 0..<2 {
                    sum.linear(rows: rows, in: width, out: 4 * width)
                    sum.attention(batch: batch, length: cells, width: width)
                }
                sum.linear(rows: rows, in: width, out: 12 * width)
            }
        }

        // The sizes of the levels: each convolution to the next one rounds up, or down without padding.
        var sizes = [(frames: frames, bins: bins)]
        for _ in 1..<levels.count {
            let (last, extra) = (sizes[sizes.count - 1], downsamplePadding)
            sizes.append(((last.frames + extra) / 2, (last.bins + extra) / 2))
        }
        let cells = sizes.map { $0.frames * $0.bins }
        sum.convolution(cells: batch * cells[0], kernel: inputKernel * inputKernel, in: inputChannels, out: base)
        for (index, level) in levels.enumerated() {
            for number in 0..<level.layers {
                let inputs = number == 0 ? levels[max(index - 1, 0)].channels : level.channels
                layer(level, cells: cells[index], in: inputs, attends: level.attendsDown)
            }
            guard index + 1 < levels.count else { continue }
            sum.convolution(cells: batch * cells[index + 1], kernel: 9, in: level.channels, out: level.channels)
        }
        let deepest = levels[levels.count - 1]
        if middle != .none {
            layer(deepest, cells: cells[cells.count - 1], in: deepest.channels, attends: middle == .attending)
        }
        if middle == .attending {
            layer(deepest, cells: cells[cells.count - 1], in: deepest.channels, attends: false)
        }
        for (index, level) in levels.enumerated().reversed() {
            for number in 0...level.layers {
                let previous = number == 0 ? levels[min(index + 1, levels.count - 1)].channels : level.channels
                let skipped = number == level.layers ? levels[max(index - 1, 0)].channels : level.channels
                layer(level, cells: cells[index], in: previous + skipped, attends: level.attendsUp)
            }
            guard index > 0 else { continue }
            sum.convolution(cells: batch * cells[index - 1], kernel: 9, in: level.channels, out: level.channels)
        }
        sum.convolution(cells: batch * cells[0], kernel: outputKernel * outputKernel, in: base, out: outputChannels)
        return sum
    }
}

extension AutoencoderConfiguration {
    /// The operations of encoding one log-mel spectrogram [1, frames, bins].
    /// - Parameters:
    ///   - frames: the number of mel frames.
    ///   - bins: the number of mel bins.
    public func encodingOperations(frames: Int, bins: Int) -> Operations {
        var sum = Operations()
        var cells = frames * bins
        sum.convolution(cells: cells, kernel: 9, in: 1, out: channels[0])
        for (index, width) in channels.enumerated() {
            for number in 0..<layers {
                sum.residualBlock(
                    batch: 1, cells: cells, in: number == 0 ? channels[max(index - 1, 0)] : width, out: width)
            }
            guard index + 1 < channels.count else { continue }
            cells /= 4
            sum.convolution(cells: cells, kernel: 9, in: width, out: width)
        }
        addMiddle(to: &sum, cells: cells)
        sum.convolution(cells: cells, kernel: 9, in: channels[channels.count - 1], out: 2 * latentChannels)
        if hasQuantConvolution { sum.linear(rows: cells, in: 2 * latentChannels, out: 2 * latentChannels) }
        return sum
    }

    /// The operations of decoding the latent of one log-mel spectrogram [1, frames, bins].
    /// - Parameters:
    ///   - frames: the number of mel frames.
    ///   - bins: the number of mel bins.
    public func decodingOperations(frames: Int, bins: Int) -> Operations {
        var sum = Operations()
        var cells = frames / factor * (bins / factor)
        if hasPostQuantConvolution { sum.linear(rows: cells, in: latentChannels, out: latentChannels) }
        sum.convolution(cells: cells, kernel: 9, in: latentChannels, out: channels[channels.count - 1])
        addMiddle(to: &sum, cells: cells)
        for (index, width) in channels.enumerated().reversed() {
            for number in 0...layers {
                let previous = channels[min(index + 1, channels.count - 1)]
                sum.residualBlock(batch: 1, cells: cells, in: number == 0 ? previous : width, out: width)
            }
            guard index > 0 else { continue }
            cells *= 4
            sum.convolution(cells: cells, kernel: 9, in: width, out: width)
        }
        sum.convolution(cells: cells, kernel: 9, in: channels[0], out: 1)
        return sum
    }

    private func addMiddle(to sum: inout Operations, cells: Int) {
        let width = channels[channels.count - 1]
        for _ in 0..<2 { sum.residualBlock(batch: 1, cells: cells, in: width, out: width) }
        guard attends else { return }
        sum.linear(rows: cells, in: width, out: 4 * width)
        sum.attention(batch: 1, length: cells, width: width)
    }
}

extension TextEncoderConfiguration {
    /// The operations of one text.
    /// - Parameter tokens: the number of tokens of the text.
    public func operations(tokens: Int) -> Operations {
        var sum = Operations()
        for _ in 0..<layers {
            sum.linear(rows: tokens, in: width, out: 4 * width + 2 * feedForwardWidth)
            sum.attention(batch: 1, length: tokens, width: width)
        }
        sum.linear(rows: 1, in: width, out: width + embeddingWidth)
        sum.linear(rows: 1, in: embeddingWidth, out: embeddingWidth)
        return sum
    }
}

extension VocoderConfiguration {
    /// Of so many mel frames.
    func operations(frames: Int) -> Operations {
        switch self {
        case .hifiGan(let configuration): configuration.operations(frames: frames)
        case .vocos(let configuration): configuration.operations(frames: frames)
        }
    }
}

extension HifiGanConfiguration {
    func operations(frames: Int) -> Operations {
        var sum = Operations()
        var length = frames
        sum.convolution(cells: length, kernel: 7, in: melBins, out: channels)
        for (index, rate) in upsamplingRates.enumerated() {
            // A transposed convolution takes every input through the whole kernel.
            sum.convolution(
                cells: length, kernel: upsamplingKernels[index], in: channels >> index, out: channels >> (index + 1))
            length *= rate
            for (kernel, dilations) in zip(residualKernels, dilations) {
                sum.convolution(
                    cells: 2 * dilations.count * length, kernel: kernel, in: channels >> (index + 1),
                    out: channels >> (index + 1))
            }
        }
        sum.convolution(cells: length, kernel: 7, in: channels >> upsamplingRates.count, out: 1)
        return sum
    }
}

extension VocosConfiguration {
    /// Without the inverse Fourier transform, which is no dense work.
    func operations(frames: Int) -> Operations {
        var sum = Operations()
        sum.convolution(cells: frames, kernel: 7, in: inputs, out: width)
        for _ in 0..<layers {
            sum.convolution(cells: frames, kernel: 7, in: 1, out: width)
            sum.linear(rows: frames, in: width, out: 2 * hiddenWidth)
        }
        sum.linear(rows: frames, in: width, out: fftSize + 2)
        return sum
    }
}

extension Model {
    /// The operations of turning mel frames into samples.
    /// - Parameter frames: the number of mel frames.
    public func vocodingOperations(frames: Int) -> Operations { vocoderConfiguration.operations(frames: frames) }
}
