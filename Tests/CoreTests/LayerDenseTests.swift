import TestSupport
import Testing

@testable import Core

/// Dense layers against their twins, on each instruction set of this machine, at sizes that fill no vector and no tile.
@Suite struct LayerDenseTests {
    @Test(arguments: InstructionSet.available)
    func linear(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 3)
            for (rows, inputs, outputs) in [
                (1, 1, 1), (1, 17, 8), (2, 64, 32), (15, 33, 49), (29, 40, 70), (300, 19, 35),
            ] {
                let (weight, bias) = (random.tensor(outputs, inputs), random.tensor(outputs))
                let (x, residual) = (random.tensor(rows, inputs), random.tensor(rows, outputs))
                let plain = Twin.linear(x, weight, bias)
                #expect(mismatch(Linear(weight: weight, bias: bias)(x), plain) == nil)
                #expect(mismatch(Linear(weight: weight, bias: nil)(x), Twin.linear(x, weight, nil)) == nil)
                let finished = plain.mapped { Twin.activation(.silu, $0) } + residual
                #expect(
                    mismatch(Linear(weight: weight, bias: bias)(x, activation: .silu, adding: residual), finished)
                        == nil)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func convolution2D(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 4)
            let shapes:
                [(b: Int, h: Int, w: Int, c: Int, o: Int, kernel: (Int, Int), stride: Int, padding: Padding2D)] = [
                    (1, 1, 1, 1, 1, (3, 3), 1, Padding2D(1)),
                    (2, 7, 5, 3, 9, (3, 3), 1, Padding2D(1)),
                    (1, 1, 19, 16, 33, (3, 3), 1, Padding2D(1)),
                    (1, 21, 1, 17, 40, (3, 3), 1, Padding2D(1)),
                    (2, 9, 2, 32, 48, (3, 3), 1, Padding2D(1)),
                    (2, 8, 6, 20, 24, (3, 3), 2, Padding2D(1)),
                    (1, 9, 7, 5, 6, (3, 3), 2, Padding2D(top: 0, bottom: 1, left: 0, right: 1)),
                    (3, 6, 4, 12, 8, (1, 1), 1, .none),
                    (1, 12, 8, 1, 5, (4, 4), 4, .none),
                    (1, 30, 18, 16, 32, (3, 3), 1, Padding2D(1)),
                    (2, 13, 11, 40, 70, (3, 3), 1, Padding2D(1)),
                    (1, 70, 66, 32, 40, (3, 3), 1, Padding2D(1)),
                    (2, 21, 13, 48, 33, (3, 3), 1, Padding2D(top: 2, bottom: 0, left: 0, right: 1)),
                ]
            for (b, h, w, c, o, kernel, stride, padding) in shapes {
                let (weight, bias) = (random.tensor(o, c, kernel.0, kernel.1), random.tensor(o))
                let x = random.tensor(b, h, w, c)
                let layer = Convolution2D(weight: weight, bias: bias, stride: stride, padding: padding)
                let plain = Twin.convolution(
                    x, weight, bias, stride: (stride, stride),
                    padding: (padding.top, padding.bottom, padding.left, padding.right))
                #expect(mismatch(layer(x), plain, absolute: 3e-5) == nil, "\((b, h, w, c, o, kernel, stride))")
                let residual = random.tensor(plain.shape[0], plain.shape[1], plain.shape[2], plain.shape[3])
                let offsets = random.tensor(b, o)
                let raised = Tensor.concatenated(
                    (0..<b).map { image in
                        let rows = plain.count / b / o
                        return plain.sliced(axis: 0, image..<image + 1)
                            + offsets.sliced(axis: 0, image..<image + 1).repeated(rows).reshaped(
                                [1] + plain.shape[1...])
                    }, axis: 0)
                let finished = raised.mapped { Twin.activation(.leakyReLU(0.1), $0) } + residual
                let result = layer(x, activation: .leakyReLU(0.1), adding: residual, addingPerChannel: offsets)
                #expect(mismatch(result, finished, absolute: 3e-5) == nil, "\((b, h, w, c, o, kernel, stride))")
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func convolution1D(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 5)
            for (kernel, dilation) in [(1, 1), (3, 1), (3, 3), (3, 5), (7, 1), (7, 3), (11, 1), (11, 5)] {
                for (b, t, c, o) in [(1, 1, 3, 5), (2, 37, 16, 33), (1, 64, 48, 32), (1, 131, 5, 1), (2, 1500, 16, 17)]
                {
                    let (weight, bias) = (random.tensor(o, c, kernel), random.tensor(o))
                    let x = random.tensor(b, t, c)
                    let padding = dilation * (kernel - 1) / 2
                    let layer = Convolution1D(weight: weight, bias: bias, dilation: dilation, padding: padding)
                    let plain = Twin.convolution(x, weight, bias, dilation: dilation, padding: padding)
                    #expect(mismatch(layer(x), plain, absolute: 3e-5) == nil, "\((kernel, dilation, b, t, c, o))")
                    let residual = random.tensor(b, t, o)
                    let finished = plain.mapped { Twin.activation(.leakyReLU(0.1), $0) } + residual
                    let result = layer(x, activation: .leakyReLU(0.1), adding: residual)
                    #expect(mismatch(result, finished, absolute: 3e-5) == nil, "\((kernel, dilation, b, t, c, o))")
                    let bent = Twin.convolution(
                        x.mapped { max($0, 0.2 * $0) }, weight, bias, dilation: dilation, padding: padding)
                    #expect(
                        mismatch(layer(x, inputSlope: 0.2), bent, absolute: 3e-5) == nil,
                        "\((kernel, dilation, b, t, c, o))")
                }
            }
            let (weight, bias, x) = (random.tensor(7, 6, 4), random.tensor(7), random.tensor(2, 23, 6))
            let strided = Convolution1D(weight: weight, bias: bias, stride: 3, padding: 2)
            #expect(mismatch(strided(x), Twin.convolution(x, weight, bias, stride: 3, padding: 2)) == nil)
        }
    }

    /// Maps large enough for the way of many tiles, with borders, images and lines that share strips.
    @Test(arguments: InstructionSet.available)
    func convolutionsOfManyTiles(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 14)
            let (image, filters) = (random.tensor(2, 45, 22, 128), random.tensor(17, 128, 3, 3))
            let layer = Convolution2D(weight: filters, bias: nil)
            let offsets = random.tensor(2, 17)
            let plain = Twin.convolution(image, filters, nil, padding: (1, 1, 1, 1))
            let raised = Tensor.concatenated(
                (0..<2).map { image in
                    plain.sliced(axis: 0, image..<image + 1)
                        + offsets.sliced(axis: 0, image..<image + 1).repeated(45 * 22).reshaped([1, 45, 22, 17])
                }, axis: 0)
            #expect(
                mismatch(layer(image, adding: plain, addingPerChannel: offsets), raised + plain, absolute: 1e-4) == nil)

            for (kernel, dilation, length) in [(7, 3, 4000), (3, 5, 6000)] {
                let (line, weight, bias) = (
                    random.tensor(1, length, 64), random.tensor(17, 64, kernel), random.tensor(17)
                )
                let padding = dilation * (kernel - 1) / 2
                let dilated = Convolution1D(weight: weight, bias: bias, dilation: dilation, padding: padding)
                let expected = Twin.convolution(
                    line.mapped { max($0, 0.1 * $0) }, weight, bias, dilation: dilation, padding: padding)
                #expect(mismatch(dilated(line, inputSlope: 0.1), expected, absolute: 1e-4) == nil)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func depthwiseConvolution(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 6)
            for (b, t, c, kernel) in [(1, 1, 1, 7), (2, 30, 37, 7), (1, 9, 64, 3)] {
                let (weight, bias) = (random.tensor(c, 1, kernel), random.tensor(c))
                let x = random.tensor(b, t, c)
                let layer = Convolution1D(weight: weight, bias: bias, padding: kernel / 2, groups: c)
                // The same filters as a dense weight, zero between different channels.
                var dense = [Float](repeating: 0, count: c * c * kernel)
                for channel in 0..<c {
                    for tap in 0..<kernel {
                        dense[(channel * c + channel) * kernel + tap] = weight.elements[channel * kernel + tap]
                    }
                }
                let plain = Twin.convolution(x, Tensor(dense, shape: [c, c, kernel]), bias, padding: kernel / 2)
                #expect(mismatch(layer(x), plain) == nil)
                #expect(
                    mismatch(layer(x, activation: .gelu, adding: x), plain.mapped { Twin.activation(.gelu, $0) } + x)
                        == nil)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func transposedConvolution(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 7)
            for (kernel, stride, padding) in [(16, 5, 5), (16, 4, 6), (8, 2, 3), (4, 2, 1), (3, 3, 0), (5, 2, 2)] {
                for (b, t, c, o) in [(1, 1, 2, 3), (2, 19, 17, 33), (1, 40, 8, 1)] {
                    guard (t - 1) * stride - 2 * padding + kernel > 0 else { continue }
                    let (weight, bias) = (random.tensor(c, o, kernel), random.tensor(o))
                    let x = random.tensor(b, t, c)
                    let layer = TransposedConvolution1D(weight: weight, bias: bias, stride: stride, padding: padding)
                    let plain = Twin.transposedConvolution(x, weight, bias, stride: stride, padding: padding)
                    #expect(mismatch(layer(x), plain) == nil, "\((kernel, stride, padding, b, t, c, o))")
                }
            }
        }
    }
}
