import Foundation

@testable import Core

/// The layers in plain loops and double precision, straight from their formulas: what the kernels are held against.
enum Twin {
    static func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let (source, w, b) = (x.elements, weight.elements, bias?.elements)
        let result = (0..<x.count / inputs).flatMap { row in
            (0..<outputs).map { o in
                var total = Double(b?[o] ?? 0)
                for i in 0..<inputs { total += Double(source[row * inputs + i]) * Double(w[o * inputs + i]) }
                return Float(total)
            }
        }
        return Tensor(result, shape: x.shape.dropLast() + [outputs])
    }

    /// `x` [B, H, W, C], `weight` [O, C, KH, KW]; padding top, bottom, left, right.
    static func convolution(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, stride: (Int, Int) = (1, 1), dilation: (Int, Int) = (1, 1),
        padding: (Int, Int, Int, Int)
    ) -> Tensor {
        let (b, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let (o, kh, kw) = (weight.shape[0], weight.shape[2], weight.shape[3])
        let oh = (h + padding.0 + padding.1 - dilation.0 * (kh - 1) - 1) / stride.0 + 1
        let ow = (w + padding.2 + padding.3 - dilation.1 * (kw - 1) - 1) / stride.1 + 1
        let (source, filter, offset) = (x.elements, weight.elements, bias?.elements)
        var result: [Float] = []
        for image in 0..<b {
            for y in 0..<oh {
                for z in 0..<ow {
                    for output in 0..<o {
                        var total = Double(offset?[output] ?? 0)
                        for i in 0..<kh {
                            for j in 0..<kw {
                                let (row, column) = (
                                    y * stride.0 + i * dilation.0 - padding.0, z * stride.1 + j * dilation.1 - padding.2
                                )
                                guard 0..<h ~= row, 0..<w ~= column else { continue }
                                for k in 0..<c {
                                    total +=
                                        Double(source[((image * h + row) * w + column) * c + k])
                                        * Double(filter[((output * c + k) * kh + i) * kw + j])
                                }
                            }
                        }
                        result.append(Float(total))
                    }
                }
            }
        }
        return Tensor(result, shape: [b, oh, ow, o])
    }

    /// `x` [B, T, C], `weight` [O, C, K].
    static func convolution(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, stride: Int = 1, dilation: Int = 1, padding: Int
    ) -> Tensor {
        let y = convolution(
            x.reshaped([x.shape[0], 1] + x.shape[1...]),
            weight.reshaped([weight.shape[0], weight.shape[1], 1, weight.shape[2]]),
            bias, stride: (1, stride), dilation: (1, dilation), padding: (0, 0, padding, padding))
        return y.reshaped([y.shape[0], y.shape[2], y.shape[3]])
    }

    /// `x` [B, T, C], `weight` [C, O, K]: every input sample adds its kernel to the output.
    static func transposedConvolution(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, stride: Int, padding: Int
    ) -> Tensor {
        let (b, t, c) = (x.shape[0], x.shape[1], x.shape[2])
        let (o, k) = (weight.shape[1], weight.shape[2])
        let length = (t - 1) * stride - 2 * padding + k
        let (source, filter, offset) = (x.elements, weight.elements, bias?.elements)
        var result = [Double](repeating: 0, count: b * length * o)
        for image in 0..<b {
            for position in 0..<length {
                for output in 0..<o { result[(image * length + position) * o + output] = Double(offset?[output] ?? 0) }
            }
            for step in 0..<t {
                for tap in 0..<k {
                    let position = step * stride + tap - padding
                    guard 0..<length ~= position else { continue }
                    for output in 0..<o {
                        for channel in 0..<c {
                            result[(image * length + position) * o + output] +=
                                Double(source[(image * t + step) * c + channel])
                                * Double(filter[(channel * o + output) * k + tap])
                        }
                    }
                }
            }
        }
        return Tensor(result.map { Float($0) }, shape: [b, length, o])
    }

    static func groupNorm(_ x: Tensor, _ weight: Tensor, _ bias: Tensor, groups: Int, epsilon: Double) -> Tensor {
        let (batch, channels) = (x.shape[0], weight.count)
        let rows = x.count / batch / channels
        let width = channels / groups
        var result = x.elements
        for image in 0..<batch {
            for group in 0..<groups {
                let positions = (0..<rows).flatMap { row in
                    (0..<width).map { (image * rows + row) * channels + group * width + $0 }
                }
                let mean = positions.reduce(0) { $0 + Double(result[$1]) } / Double(positions.count)
                let variance = positions.reduce(0) { $0 + pow(Double(result[$1]) - mean, 2) } / Double(positions.count)
                for position in positions {
                    let channel = position % channels
                    let y = (Double(result[position]) - mean) / (variance + epsilon).squareRoot()
                    result[position] = Float(y * Double(weight.elements[channel]) + Double(bias.elements[channel]))
                }
            }
        }
        return Tensor(result, shape: x.shape)
    }

    static func activation(_ kind: Activation, _ x: Float) -> Float {
        let x = Double(x)
        let y =
            switch kind {
            case .none: x
            case .relu: max(x, 0)
            case .silu: x / (1 + exp(-x))
            case .gelu: x * (1 + erf(x / 2.0.squareRoot())) / 2
            case .geluTanh: x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
            case .quickGELU: x / (1 + exp(-1.702 * x))
            case .leakyReLU(let slope): x > 0 ? x : x * Double(slope)
            case .tanh: Foundation.tanh(x)
            case .elu: x > 0 ? x : exp(x) - 1
            }
        return Float(y)
    }

    static func softmax(_ row: [Double]) -> [Double] {
        let top = row.max() ?? 0
        let powers = row.map { exp($0 - top) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }

    /// `bias` [B, heads, L, S].
    static func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, scale: Double, bias: Tensor?) -> Tensor {
        let (batch, length, width, keys) = (q.shape[0], q.shape[1], q.shape[2], k.shape[1])
        let depth = width / heads
        let (query, key, value, offset) = (q.elements, k.elements, v.elements, bias?.elements)
        var result = [Float](repeating: 0, count: q.count)
        for image in 0..<batch {
            for head in 0..<heads {
                for i in 0..<length {
                    let products = (0..<keys).map { j in
                        var total = 0.0
                        for d in 0..<depth {
                            total +=
                                Double(query[(image * length + i) * width + head * depth + d])
                                * Double(key[(image * keys + j) * width + head * depth + d])
                        }
                        return total * scale + Double(offset?[((image * heads + head) * length + i) * keys + j] ?? 0)
                    }
                    let weights = softmax(products)
                    for d in 0..<depth {
                        var total = 0.0
                        for j in 0..<keys {
                            total += weights[j] * Double(value[(image * keys + j) * width + head * depth + d])
                        }
                        result[(image * length + i) * width + head * depth + d] = Float(total)
                    }
                }
            }
        }
        return Tensor(result, shape: q.shape)
    }
}
