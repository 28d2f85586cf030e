import TestSupport
import Testing

@testable import Core

@Suite struct LayerTests {
    @Test(arguments: InstructionSet.available)
    func activations(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            let x = Tensor((-1000...1001).map { Float($0) / 73 }, shape: [2002])
            let kinds: [Activation] = [
                .none, .relu, .silu, .gelu, .geluTanh, .quickGELU, .leakyReLU(0.1), .tanh, .elu,
            ]
            for kind in kinds {
                let expected = x.mapped { Twin.activation(kind, $0) }
                #expect(mismatch(kind(x), expected, absolute: 6e-7, relative: 6e-7) == nil, "\(kind)")
            }
            let extremes = Tensor([-1e30, -200, 200, 1e30, 0, -0.0], shape: [6])
            for kind in kinds where kind != .none {
                #expect(kind(extremes).elements.allSatisfy { $0.isFinite }, "\(kind)")
                #expect(kind(Tensor(repeating: .nan, shape: [19])).elements.allSatisfy { $0.isNaN }, "\(kind)")
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func groupNorm(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 8)
            for (shape, groups) in [
                ([1, 1, 1, 8], 4), ([2, 5, 3, 12], 3), ([2, 40, 30, 64], 32), ([1, 700, 33], 11),
            ] {
                let channels = shape[shape.count - 1]
                let (weight, bias) = (random.tensor(channels), random.tensor(channels))
                // Far from zero, where a careless variance cancels.
                let x = (random.tensor(shape.reduce(1, *)) + 20).reshaped(shape)
                let plain = Twin.groupNorm(x, weight, bias, groups: groups, epsilon: 1e-5)
                let layer = GroupNorm(weight: weight, bias: bias, groups: groups, epsilon: 1e-5)
                #expect(mismatch(layer(x), plain, absolute: 5e-5) == nil)
                #expect(
                    mismatch(layer(x, activation: .silu), plain.mapped { Twin.activation(.silu, $0) }, absolute: 5e-5)
                        == nil)
                #expect(mismatch(layer(x, activation: .relu), plain.mapped { max($0, 0) }, absolute: 5e-5) == nil)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func layerNorm(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 9)
            for (rows, channels) in [(1, 1), (3, 17), (7, 64), (100, 37)] {
                let (weight, bias) = (random.tensor(channels), random.tensor(channels))
                let x = random.tensor(rows, channels) + 3
                // One group over all channels of one position.
                let plain = Twin.groupNorm(x, weight, bias, groups: 1, epsilon: 1e-5)
                #expect(mismatch(LayerNorm(weight: weight, bias: bias, epsilon: 1e-5)(x), plain) == nil)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func softmaxOfRows(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 10)
            for width in [1, 7, 16, 50] {
                let x = random.tensor(5, width) * 30
                let expected = (0..<5).flatMap { row in
                    Twin.softmax(x.elements[row * width..<(row + 1) * width].map { Double($0) }).map { Float($0) }
                }
                #expect(mismatch(softmax(x), Tensor(expected, shape: x.shape), absolute: 1e-6) == nil)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func attentionOfHeads(set: InstructionSet) {
        InstructionSet.$current.withValue(set) {
            var random = TestRandom(seed: 11)
            for (b, length, keys, heads, depth) in [
                (1, 1, 1, 1, 3), (2, 5, 9, 2, 8), (1, 70, 70, 3, 20), (2, 33, 600, 1, 40),
            ] {
                let width = heads * depth
                let (q, k, v) = (
                    random.tensor(b, length, width), random.tensor(b, keys, width), random.tensor(b, keys, width)
                )
                let scale = 1 / Double(depth).squareRoot()
                let plain = Twin.attention(q, k, v, heads: heads, scale: scale, bias: nil)
                #expect(mismatch(attention(query: q, key: k, value: v, heads: heads), plain) == nil)
                let bias = random.tensor(b, heads, length, keys) * 4
                let biased = Twin.attention(q, k, v, heads: heads, scale: 2, bias: bias)
                #expect(
                    mismatch(attention(query: q, key: k, value: v, heads: heads, scale: 2, bias: bias), biased) == nil)
                let shared = random.tensor(1, 1, 1, keys) * 4
                let everywhere = shared.reshaped([keys]).repeated(b * heads * length).reshaped([b, heads, length, keys])
                #expect(
                    mismatch(
                        attention(query: q, key: k, value: v, heads: heads, bias: shared),
                        Twin.attention(q, k, v, heads: heads, scale: scale, bias: everywhere)) == nil)
            }
        }
    }

    @Test func gatedUnit() {
        var random = TestRandom(seed: 12)
        let x = random.tensor(3, 5, 38)
        let (a, b) = (x.sliced(axis: 2, 0..<19), x.sliced(axis: 2, 19..<38))
        #expect(mismatch(gatedGELU(x), a * b.mapped { Twin.activation(.gelu, $0) }) == nil)
    }

    /// From tables of all types, and from one that is stored column by column.
    @Test(arguments: ["types.f64", "types.f32", "types.f16", "types.bf16", "transposed"])
    func embeddingPicksRows(_ name: String) throws {
        let file = try WeightFile(file: Fixture.url("checkpoint/pytorch_model.bin"))
        let stored = try #require(file.tensors[name])
        let (count, width) = (stored.shape[0], stored.shape[1])
        let weights = WeightFile(path: file.path, tensors: ["weight": stored])
        let embedding = try Embedding(weights.root, count: count, width: width)
        try weights.requireFullyRead()
        let whole = stored.load()
        for rows in [[1, 0], [count - 1, 0, 1, 1]] {
            let expected = rows.flatMap { whole.sliced(axis: 0, $0..<$0 + 1).elements }
            #expect(embedding(rows) == Tensor(expected, shape: [rows.count, width]))
        }
    }

    @Test func nearestPixels() {
        let x = Tensor([1, 2, 3, 4], shape: [1, 2, 2, 1])
        #expect(upsampledNearest(x, to: (2, 4)) == Tensor([1, 1, 2, 2, 3, 3, 4, 4], shape: [1, 2, 4, 1]))
        #expect(upsampledNearest(x, to: (3, 3)) == Tensor([1, 1, 2, 1, 1, 2, 3, 3, 4], shape: [1, 3, 3, 1]))
    }

    @Test func sameBytesForAnyNumberOfThreads() {
        var random = TestRandom(seed: 13)
        let layer = Convolution2D(weight: random.tensor(48, 32, 3, 3), bias: random.tensor(48))
        let norm = GroupNorm(weight: random.tensor(48), bias: random.tensor(48), groups: 8, epsilon: 1e-5)
        let x = random.tensor(2, 50, 20, 32)
        let results = PoolSize.each(of: [1, 2, 3]) { _ in
            let y = norm(layer(x), activation: .silu)
            let sequence = y.reshaped([2, 1000, 48])
            return attention(query: sequence, key: sequence, value: sequence, heads: 4)
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
    }
}
