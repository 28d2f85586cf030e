import Foundation
import TestSupport
import Testing

@testable import Core

/// Layers at bfloat16 against twins that are given what the kernels round to, on each instruction set, natively and not.
@Suite struct PrecisionTests {
    /// Each element rounded to bfloat16, to nearest even.
    private func rounded(_ x: Tensor) -> Tensor {
        x.mapped { value in
            let bits = value.bitPattern
            return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
        }
    }

    private func atBFloat16<R>(_ set: InstructionSet, _ body: () throws -> R) rethrows -> R {
        try InstructionSet.$current.withValue(set) { try Precision.$current.withValue(.bfloat16, operation: body) }
    }

    @Test(arguments: InstructionSet.available)
    func linear(set: InstructionSet) {
        atBFloat16(set) {
            var random = TestRandom(seed: 31)
            // Depths that fill no pair, no vector, half of one and whole ones.
            for (rows, inputs, outputs) in [
                (1, 1, 1), (1, 17, 8), (2, 64, 32), (15, 33, 49), (29, 40, 70), (300, 19, 35), (5, 24, 16),
                (31, 96, 33),
            ] {
                let (weight, bias) = (random.tensor(outputs, inputs), random.tensor(outputs))
                let (x, residual) = (random.tensor(rows, inputs), random.tensor(rows, outputs))
                let plain = Twin.linear(rounded(x), rounded(weight), bias)
                let layer = Linear(weight: weight, bias: bias)
                #expect(layer.precision == .bfloat16)
                #expect(mismatch(layer(x), plain) == nil, "\((rows, inputs, outputs))")
                let finished = plain.mapped { Twin.activation(.silu, $0) } + residual
                #expect(mismatch(layer(x, activation: .silu, adding: residual), finished) == nil)
            }
        }
    }

    /// Where a convolution is done with fewer products, what it multiplies is rounded after it is transformed, which no twin of its sums can
    /// know: against the sum of exact samples and rounded weights it loses up to five times what the rounding of samples alone does.
    /// Of channels that are a multiple of 16 but not of 32 floats are multiplied: only the weights are rounded.
    private func expectConvolved(
        _ result: Tensor, direct: Tensor, exact: Tensor, fewerProducts: Bool, channels: Int, absolute: Float,
        _ words: String
    ) {
        guard fewerProducts, channels % 32 == 0 else {
            let twin = fewerProducts && channels % 16 == 0 ? exact : direct
            #expect(mismatch(result, twin, absolute: absolute) == nil, "\(words)")
            return
        }
        func rms(_ x: Tensor) -> Double {
            (x.elements.reduce(0) { $0 + Double($1) * Double($1) } / Double(x.count)).squareRoot()
        }
        let (error, plain) = (rms(result - exact), rms(direct - exact))
        let largest = (result - exact).elements.map(abs).max() ?? 0
        #expect(error < 5.5 * plain && Double(largest) < 8 * error, "\(words): \(error), \(plain), \(largest)")
        #expect(error > 1e-6, "\(words): nothing is rounded")
    }

    @Test(arguments: InstructionSet.available)
    func convolutions(set: InstructionSet) {
        atBFloat16(set) {
            var random = TestRandom(seed: 32)
            for (b, h, w, c, o, size, stride) in [
                (1, 1, 1, 1, 1, 3, 1), (2, 7, 5, 3, 9, 3, 1), (1, 21, 1, 17, 40, 3, 1), (2, 8, 6, 20, 24, 3, 2),
                (1, 19, 11, 24, 24, 3, 1), (1, 12, 8, 1, 5, 4, 4), (1, 30, 18, 32, 15, 3, 1), (1, 30, 18, 16, 32, 3, 1),
                (2, 3, 3, 8, 48, 1, 1),
                // With fewer products: most lines, most columns, two columns, one strip for each thread and many.
                (1, 70, 66, 32, 40, 3, 1), (1, 33, 70, 96, 33, 3, 1), (2, 61, 2, 32, 48, 3, 1),
                (2, 45, 22, 128, 17, 3, 1), (1, 150, 90, 32, 16, 3, 1), (2, 24, 10, 160, 65, 3, 1),
            ] {
                let (weight, bias) = (random.tensor(o, c, size, size), random.tensor(o))
                let x = random.tensor(b, h, w, c)
                let padding = stride == 4 ? 0 : (size - 1) / 2
                let layer = Convolution2D(weight: weight, bias: bias, stride: stride, padding: Padding2D(padding))
                func twin(_ input: Tensor) -> Tensor {
                    Twin.convolution(
                        input, rounded(weight), bias, stride: (stride, stride),
                        padding: (padding, padding, padding, padding))
                }
                expectConvolved(
                    layer(x), direct: twin(rounded(x)), exact: twin(x),
                    fewerProducts: size == 3 && stride == 1 && o > 15, channels: c,
                    absolute: 3e-4, "\((b, h, w, c, o, size, stride))")
            }
            for (kernel, dilation, channels, slope) in [
                (3, 1, 16, 1), (11, 5, 48, 0.1), (3, 1, 32, 1), (7, 3, 32, 0.1), (7, 1, 96, 1), (11, 5, 64, 0.1),
                (7, 1, 5, 0.2),
            ] as [(Int, Int, Int, Float)] {
                let (weight, bias) = (random.tensor(33, channels, kernel), random.tensor(33))
                let x = random.tensor(2, 700, channels)
                let padding = dilation * (kernel - 1) / 2
                let layer = Convolution1D(weight: weight, bias: bias, dilation: dilation, padding: padding)
                let bent = x.mapped { max($0, slope * $0) }
                let twins = [rounded(bent), bent].map {
                    Twin.convolution($0, rounded(weight), bias, dilation: dilation, padding: padding)
                }
                expectConvolved(
                    layer(x, inputSlope: slope), direct: twins[0], exact: twins[1], fewerProducts: true,
                    channels: channels,
                    absolute: 1e-4, "\((kernel, dilation, channels))")
            }
            let (weight, bias, x) = (random.tensor(9, 7, 4), random.tensor(7), random.tensor(2, 31, 9))
            let lengthened = TransposedConvolution1D(weight: weight, bias: bias, stride: 2, padding: 1)(x)
            let exact = Precision.$current.withValue(.float32) {
                TransposedConvolution1D(weight: rounded(weight), bias: bias, stride: 2, padding: 1)(rounded(x))
            }
            #expect(mismatch(lengthened, exact) == nil)
        }
    }

    /// Weights of the softmax are rounded too, by at most 2^-9 of themselves.
    @Test(arguments: InstructionSet.available)
    func attentionOfHeads(set: InstructionSet) {
        atBFloat16(set) {
            var random = TestRandom(seed: 33)
            for (b, length, keys, heads, depth) in [
                (1, 1, 1, 1, 3), (2, 5, 9, 2, 8), (1, 70, 70, 3, 20), (2, 33, 601, 1, 40), (1, 40, 2100, 1, 32),
            ] {
                let width = heads * depth
                let (q, k, v) = (
                    random.tensor(b, length, width), random.tensor(b, keys, width), random.tensor(b, keys, width)
                )
                let bias = random.tensor(b, heads, length, keys)
                let twin = Twin.attention(
                    q, rounded(k), rounded(v), heads: heads, scale: 1 / Double(depth).squareRoot(), bias: bias)
                let result = attention(query: q, key: k, value: v, heads: heads, precision: .bfloat16, bias: bias)
                #expect(
                    mismatch(result, twin, absolute: 1e-2, relative: 0) == nil, "\((b, length, keys, heads, depth))")
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func whatIsNoNumberStaysNone(set: InstructionSet) {
        atBFloat16(set) {
            var x = [Float](repeating: 1, count: 48)
            x[40] = Float(bitPattern: 0x7fff_ffff)
            let layer = Linear(weight: Tensor([Float](repeating: 1, count: 48 * 3), shape: [3, 48]), bias: nil)
            let ofNaN = layer(Tensor(x, shape: [1, 48])).elements
            #expect(ofNaN.allSatisfy { $0.isNaN })
            x[40] = .infinity
            let ofInfinity = layer(Tensor(x, shape: [1, 48])).elements
            #expect(ofInfinity == [.infinity, .infinity, .infinity])
        }
    }

    @Test func weightsTakeHalfTheMemory() {
        let weight = Tensor([Float](repeating: 1, count: 64 * 64), shape: [64, 64])
        let (exact, short) = (
            PackedWeights(weight, taps: 1),
            Precision.$current.withValue(.bfloat16) { PackedWeights(weight, taps: 1) }
        )
        #expect(2 * short.panels.count == exact.panels.count)
    }

    /// What a model's denoising network, its autoencoder, both ways, and its vocoder make of the same noise.
    private func made(by model: Model) throws -> [Tensor] {
        let facts = try model.facts()
        var random = TorchRandom(seed: 5)
        let latent = random.normal([2, 32, facts.latentBins, model.unetConfiguration.inputChannels])
        let condition = random.normal([2, facts.embeddingWidth])
        let mel = random.normal([1, 32, facts.melBins])
        let (unet, autoencoder, vocoder) = (try model.unet(), try model.autoencoder(), try model.vocoder())
        let code = autoencoder.encode(mel)
        return [unet(latent, timestep: 300, condition: condition), code, autoencoder.decode(code), vocoder(mel)]
    }

    @Test(arguments: Precision.allCases)
    func sameBytesForAnyNumberOfThreads(precision: Precision) throws {
        let folder = Fixture.url("default-like")
        let results = try PoolSize.each(of: [1, 2, 3]) { _ in try made(by: Model(at: folder, precision: precision)) }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
    }

    /// The whole networks of the bundled model: near to what they are with floats, and not the same.
    @Test func networksAreNearWhatTheyAreWithFloats() throws {
        let folder = try #require(Model.bundledFolder)
        let outputs = try Precision.allCases.map { try made(by: Model(at: folder, precision: $0)) }
        for (exact, near) in zip(outputs[0], outputs[1]) {
            func power(_ x: Tensor) -> Double { x.elements.reduce(0) { $0 + Double($1) * Double($1) } }
            let error = (power(near - exact) / power(exact)).squareRoot()
            #expect(error > 1e-5 && error < 0.02, "\(error)")
        }
    }

    @Test func automaticPrecisionIsTheModelsWhereItIsNative() throws {
        #expect(ModelTraits.precision(for: nil) == (Precision.bfloat16.isNative ? .bfloat16 : .float32))
        #expect(ModelTraits.precision(for: Fixture.url("default-like")) == .float32)
        #expect(ModelTraits.precision(for: URL(fileURLWithPath: "/nonexistent")) == .float32)
        #expect(try ModelTraits(of: Model(at: #require(Model.bundledFolder))).precision == .bfloat16)
    }
}
