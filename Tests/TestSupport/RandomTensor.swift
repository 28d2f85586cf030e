public import Core

/// A generator of test numbers that gives the same ones on every machine (SplitMix64).
public struct TestRandom {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    /// A number between -1 and 1.
    public mutating func next() -> Float {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Float((z ^ (z >> 31)) >> 40) / Float(1 << 23) - 1
    }

    /// A tensor of numbers between -1 and 1.
    public mutating func tensor(_ shape: Int...) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { _ in next() }, shape: shape)
    }
}
