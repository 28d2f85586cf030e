import TestSupport
import Testing

@testable import Core

/// Whole UNets against diffusers, at sizes that their levels divide and that they do not, and every kind of block by itself.
@Suite struct NetworkUNetTests {
    @Test(arguments: ["unet", "unet-linear", "unet-plain"])
    func predictsAsDiffusersDoes(_ name: String) throws {
        let fixture = NetworkFixture(name)
        let expected = try fixture.expected()
        let configuration: UNetConfiguration = try fixture.configuration()
        let unet = try fixture.network { try UNet($0, configuration) }
        #expect(expected.count("sample") > 0)
        for index in 0..<expected.count("sample") {
            let output = unet(
                try expected.image("sample.\(index)"), timestep: try expected["timestep.\(index)"].elements[0],
                condition: configuration.condition == .none ? nil : try expected["condition.\(index)"])
            #expect(try mismatch(output, expected.image("output.\(index)")) == nil, "sample \(index)")
        }
    }

    /// The batch is the guidance's pair: each item must be what it is alone.
    @Test func itemsOfABatchAreIndependent() throws {
        let fixture = NetworkFixture("unet")
        let expected = try fixture.expected()
        let unet = try fixture.network { try UNet($0, fixture.configuration()) }
        let (sample, condition) = (try expected.image("sample.1"), try expected["condition.1"])
        let timestep = try expected["timestep.1"].elements[0]
        let both = unet(sample, timestep: timestep, condition: condition)
        for item in 0..<2 {
            let alone = unet(
                sample.sliced(axis: 0, item..<item + 1), timestep: timestep,
                condition: condition.sliced(axis: 0, item..<item + 1))
            #expect(mismatch(alone, both.sliced(axis: 0, item..<item + 1)) == nil)
        }
    }

    @Test func originalHeadsAreOfThirtyTwoOrSixtyFourChannels() throws {
        func level(_ channels: Int) -> UNetConfiguration.Level {
            UNetConfiguration.Level(
                channels: channels, layers: 2, transformerLayers: 1, heads: 8, attendsDown: true, attendsUp: true)
        }
        func heads(_ channels: [Int], _ rule: HeadRule) -> [Int] {
            channels.map { rule.heads(of: level($0), base: channels[0]) }
        }
        #expect(heads([128, 256, 384, 640], .original) == [4, 8, 12, 20])
        #expect(heads([192, 384, 576, 960], .original) == [6, 12, 18, 30])
        #expect(heads([256, 512, 768, 1280], .original) == [4, 8, 12, 20])
        #expect(heads([128, 256, 384, 640], .config) == [8, 8, 8, 8])
    }

    @Test func headRuleChangesTheResult() throws {
        let fixture = NetworkFixture("unet")
        let expected = try fixture.expected()
        let unet = try fixture.network { try UNet($0, fixture.configuration(), headRule: .original) }
        let output = unet(
            try expected.image("sample.0"), timestep: 981, condition: try expected["condition.0"])
        #expect(try mismatch(output, expected.image("output.0")) != nil)
    }

    // MARK: - Blocks

    private static let options = UNetBlockOptions(embedding: 20, groups: 4, epsilon: 1e-5)
    private static let attention = UNetAttention(heads: 4, layers: 1)

    /// The block `name` made by `make`, and the tensors of its case.
    private func block<T>(_ name: String, _ make: (WeightScope) throws -> T) throws -> (
        T, ExpectedTensors, Tensor, Tensor
    ) {
        let fixture = NetworkFixture("unet-blocks")
        let expected = try fixture.expected()
        let made = try make(try WeightFile(folder: fixture.folder).root[name])
        let embedding = Activation.silu(try expected["\(name).embedding"])
        return (made, expected, try expected.image("\(name).sample"), embedding)
    }

    struct DownCase: Sendable, CustomTestStringConvertible {
        let name: String
        var inputs = 8
        var layers = 1
        var attention: UNetAttention?
        var padding: Int? = 1
        var testDescription: String { name }
    }

    @Test(arguments: [
        DownCase(name: "down", layers: 2),
        DownCase(name: "down-last", padding: nil),
        DownCase(name: "down-padded", padding: 0),
        DownCase(name: "cross-down", layers: 2, attention: attention),
        DownCase(name: "cross-down-linear", inputs: 16, attention: UNetAttention(heads: 4, layers: 2)),
    ])
    func downBlock(_ example: DownCase) throws {
        let (block, expected, sample, embedding) = try block(example.name) {
            try UNetDownBlock(
                $0, in: example.inputs, out: 16, layers: example.layers, attention: example.attention,
                downsamplePadding: example.padding, Self.options)
        }
        let states = block(sample, embedding: embedding)
        #expect(states.count == expected.count("\(example.name).state"))
        for (index, state) in states.enumerated() {
            #expect(try mismatch(state, expected.image("\(example.name).state.\(index)")) == nil, "state \(index)")
        }
        #expect(try mismatch(states[states.count - 1], expected.image("\(example.name).output")) == nil)
    }

    @Test(arguments: [("middle", nil), ("cross-middle", attention)])
    func middleBlock(_ name: String, _ attention: UNetAttention?) throws {
        let (block, expected, sample, embedding) = try block(name) {
            try UNetMiddleBlock($0, channels: 16, attention: attention, Self.options)
        }
        #expect(try mismatch(block(sample, embedding: embedding), expected.image("\(name).output")) == nil)
    }

    struct UpCase: Sendable, CustomTestStringConvertible {
        let name: String
        var previous = 16
        var outputs = 16
        var layers = 2
        var attention: UNetAttention?
        var upsamples = true
        var testDescription: String { name }
    }

    @Test(arguments: [
        UpCase(name: "up"),
        UpCase(name: "up-last", outputs: 8, layers: 1, upsamples: false),
        UpCase(name: "cross-up", previous: 12, attention: attention),
    ])
    func upBlock(_ example: UpCase) throws {
        let (block, expected, sample, embedding) = try block(example.name) {
            try UNetUpBlock(
                $0, previous: example.previous, skipped: 8, out: example.outputs, layers: example.layers,
                attention: example.attention, upsamples: example.upsamples, Self.options)
        }
        let skips = try (0..<example.layers).map { try expected.image("\(example.name).skip.\($0)") }
        var left = skips
        #expect(
            try mismatch(
                block(sample, skips: &left, embedding: embedding), expected.image("\(example.name).output")) == nil)
        #expect(left.isEmpty)
        guard example.upsamples else { return }
        left = skips
        let sized = block(sample, skips: &left, embedding: embedding, to: (9, 7))
        #expect(try mismatch(sized, expected.image("\(example.name).output.sized")) == nil)
    }
}
