/// The two dense layers that take a tower's pooled output to the common space of sound and text.
struct Projection: Sendable {
    let linear1: Linear
    let linear2: Linear
    let activation: Activation

    init(
        _ weights: WeightScope, in inputs: Int, out outputs: Int, activation: Activation
    ) throws(CheckpointError) {
        self.activation = activation
        linear1 = try Linear(weights["linear1"], in: inputs, out: outputs)
        linear2 = try Linear(weights["linear2"], in: outputs, out: outputs)
    }

    /// [B, inputs] to [B, outputs]
    func callAsFunction(_ x: Tensor) -> Tensor { linear2(linear1(x, activation: activation)) }
}
