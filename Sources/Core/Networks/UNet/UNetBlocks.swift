/// What the blocks of one UNet have in common.
struct UNetBlockOptions: Sendable {
    /// Width of the embedding of timestep and condition.
    let embedding: Int
    let groups: Int
    let epsilon: Float
    /// At which the convolutions of a level's maps are packed.
    var convolutions = Precision.current

    /// Those of the upper half of the levels, whose errors reach the result without much between, stay floats at any precision: there are
    /// few weights in them.
    func level(_ index: Int, of count: Int) -> UNetBlockOptions {
        var options = self
        if index < count / 2 { options.convolutions = .float32 }
        return options
    }
}

/// Heads and number of the transformer blocks behind each residual block of a level that attends.
struct UNetAttention: Sendable {
    let heads: Int
    let layers: Int
}

/// A residual block and, on levels that attend, a transformer behind it.
struct UNetLayer: Sendable {
    let residual: ResidualBlock
    let transformer: SpatialTransformer?

    /// The `index`-th layer of the block under `weights`.
    init(
        _ weights: WeightScope, _ index: Int, in inputs: Int, out outputs: Int, attention: UNetAttention?,
        _ options: UNetBlockOptions
    ) throws(CheckpointError) {
        residual = try options.convolutions.packing { () throws(CheckpointError) in
            try ResidualBlock(
                weights["resnets"][index], in: inputs, out: outputs, embedding: options.embedding,
                groups: options.groups, epsilon: options.epsilon)
        }
        transformer =
            if let attention {
                try SpatialTransformer(
                    weights["attentions"][index], channels: outputs, heads: attention.heads, layers: attention.layers,
                    groups: options.groups)
            } else {
                nil
            }
    }

    func callAsFunction(_ x: Tensor, embedding: Tensor) -> Tensor {
        let hidden = residual(x, embedding: embedding)
        return transformer.map { $0(hidden) } ?? hidden
    }
}

/// One level on the way down: DownBlock2D, or CrossAttnDownBlock2D where it attends.
struct UNetDownBlock: Sendable {
    let layers: [UNetLayer]
    let downsampling: Downsampling?

    /// - Parameter downsamplePadding: of the convolution to the next level, nil on the last level.
    init(
        _ weights: WeightScope, in inputs: Int, out outputs: Int, layers count: Int, attention: UNetAttention?,
        downsamplePadding: Int?, _ options: UNetBlockOptions
    ) throws(CheckpointError) {
        var layers: [UNetLayer] = []
        for index in 0..<count {
            layers.append(
                try UNetLayer(
                    weights, index, in: index == 0 ? inputs : outputs, out: outputs, attention: attention, options))
        }
        self.layers = layers
        downsampling =
            if let downsamplePadding {
                try options.convolutions.packing { () throws(CheckpointError) in
                    try Downsampling(weights["downsamplers"][0], channels: outputs, padding: downsamplePadding)
                }
            } else {
                nil
            }
    }

    /// - Parameter x: [B, H, W, inputs]
    /// - Returns: the output of each layer, and of the downsampling where there is one: the last is the block's output, all are skips.
    func callAsFunction(_ x: Tensor, embedding: Tensor) -> [Tensor] {
        var states: [Tensor] = []
        for layer in layers { states.append(layer(states.last ?? x, embedding: embedding)) }
        if let downsampling { states.append(downsampling(states[states.count - 1])) }
        return states
    }
}

/// Between the ways: UNetMidBlock2DCrossAttn, or UNetMidBlock2D, a single residual block.
struct UNetMiddleBlock: Sendable {
    let first: UNetLayer
    let second: UNetLayer?

    init(
        _ weights: WeightScope, channels: Int, attention: UNetAttention?, _ options: UNetBlockOptions
    ) throws(CheckpointError) {
        first = try UNetLayer(weights, 0, in: channels, out: channels, attention: attention, options)
        second =
            attention == nil ? nil : try UNetLayer(weights, 1, in: channels, out: channels, attention: nil, options)
    }

    /// [B, H, W, C] to the same shape.
    func callAsFunction(_ x: Tensor, embedding: Tensor) -> Tensor {
        let hidden = first(x, embedding: embedding)
        return second.map { $0(hidden, embedding: embedding) } ?? hidden
    }
}

/// One level on the way up: UpBlock2D, or CrossAttnUpBlock2D where it attends.
struct UNetUpBlock: Sendable {
    let layers: [UNetLayer]
    let upsampling: Upsampling?

    /// - Parameters:
    ///   - previous: channels of the block's input.
    ///   - skipped: channels of the last skip, which comes from the level above on the way down.
    ///   - count: how many layers, each of which takes one skip.
    init(
        _ weights: WeightScope, previous: Int, skipped: Int, out outputs: Int, layers count: Int,
        attention: UNetAttention?, upsamples: Bool, _ options: UNetBlockOptions
    ) throws(CheckpointError) {
        var layers: [UNetLayer] = []
        for index in 0..<count {
            let inputs = (index == 0 ? previous : outputs) + (index == count - 1 ? skipped : outputs)
            layers.append(try UNetLayer(weights, index, in: inputs, out: outputs, attention: attention, options))
        }
        self.layers = layers
        upsampling =
            if upsamples {
                try options.convolutions.packing { () throws(CheckpointError) in
                    try Upsampling(weights["upsamplers"][0], channels: outputs)
                }
            } else {
                nil
            }
    }

    /// - Parameters:
    ///   - x: [B, H, W, previous]
    ///   - skips: what the way down left; the block takes its own from the end.
    ///   - size: of the result, if it is not twice the input's.
    func callAsFunction(
        _ x: Tensor, skips: inout [Tensor], embedding: Tensor, to size: (height: Int, width: Int)? = nil
    ) -> Tensor {
        var x = x
        for layer in layers {
            x = layer(Tensor.concatenated([x, skips.removeLast()], axis: 3), embedding: embedding)
        }
        return upsampling.map { $0(x, to: size) } ?? x
    }
}
