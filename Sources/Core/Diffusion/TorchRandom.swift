#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The normal numbers of `torch.Generator("cpu").manual_seed(seed)` and `torch.randn`, draw after draw.
///
/// A draw of 16 or more numbers takes torch's vectorised way and has its exact bits (torch 2, x86 with AVX2 or AVX-512); a smaller one takes the
/// scalar way in double precision, whose rounded numbers are those of the system's C library.
public struct TorchRandom: Sendable {
    private var engine: MersenneTwister
    /// The second number of a scalar pair, kept for the next scalar draw.
    private var cached: Double?

    /// A generator in the state that torch's has after `manual_seed`.
    /// - Parameter seed: the seed; as in torch, only the lower 32 bits matter.
    public init(seed: UInt64) {
        engine = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
    }

    /// As many normal numbers as a shape holds, row-major: `torch.randn(shape)`.
    public mutating func normal(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor(count < 16 ? (0..<count).map { _ in Float(scalar()) } : block(count), shape: shape)
    }

    /// The draw that torch makes for feature maps, whose channels come second, as the channels-last tensor that stands for it here.
    /// - Parameter shape: [B, H, W, C] or [B, T, C]; the draw is in the order [B, C, H, W] or [B, C, T].
    public mutating func normal(channelsLast shape: [Int]) -> Tensor {
        let axes = Array(shape.indices)
        precondition(axes.count >= 2, "a feature map has a batch and channels")
        let channelsSecond = [0, axes.count - 1] + axes[1..<(axes.count - 1)]
        let drawn = normal(channelsSecond.map { shape[$0] })
        return drawn.transposed([0] + axes[2...] + [1])
    }

    // MARK: Sixteen numbers and more

    /// One uniform number for each normal one, then Box-Muller on blocks of 16: eight radii, eight angles. If the count is no multiple of 16, the
    /// last 16 numbers are drawn anew.
    private mutating func block(_ count: Int) -> [Float] {
        var numbers = [Float](repeating: 0, count: count)
        for index in 0..<count { numbers[index] = uniform() }
        for start in stride(from: 0, through: count - 16, by: 16) { Self.transform(&numbers, from: start) }
        if !count.isMultiple(of: 16) {
            for index in (count - 16)..<count { numbers[index] = uniform() }
            Self.transform(&numbers, from: count - 16)
        }
        return numbers
    }

    /// In [0, 1), a multiple of 2^-24.
    private mutating func uniform() -> Float { Float(engine.next() & 0xff_ffff) * 0x1p-24 }

    private static func transform(_ numbers: inout [Float], from start: Int) {
        for index in start..<(start + 8) {
            let radius = (-2 * VectorMath.log(1 - numbers[index])).squareRoot()
            let (sine, cosine) = VectorMath.sineAndCosine(Float(2 * Double.pi) * numbers[index + 8])
            numbers[index] = radius * cosine
            numbers[index + 8] = radius * sine
        }
    }

    // MARK: Fewer than sixteen numbers

    private mutating func scalar() -> Double {
        if let number = cached {
            cached = nil
            return number
        }
        let angle = 2 * Double.pi * uniformDouble()
        let radius = (-2 * log1p(-uniformDouble())).squareRoot()
        cached = radius * sin(angle)
        return radius * cos(angle)
    }

    /// In [0, 1), a multiple of 2^-53.
    private mutating func uniformDouble() -> Double {
        let high = UInt64(engine.next())
        let bits = high << 32 | UInt64(engine.next())
        return Double(bits & (1 << 53 - 1)) * 0x1p-53
    }
}

/// MT19937 (Matsumoto and Nishimura, ACM TOMACS 8, 1998).
private struct MersenneTwister: Sendable {
    private var state: [UInt32]
    private var position: Int
    private static let size = 624
    private static let middle = 397

    init(seed: UInt32) {
        state = [seed]
        state.reserveCapacity(Self.size)
        for index in 1..<Self.size {
            state.append(1_812_433_253 &* (state[index - 1] ^ state[index - 1] >> 30) &+ UInt32(index))
        }
        position = Self.size
    }

    mutating func next() -> UInt32 {
        if position == Self.size { twist() }
        var word = state[position]
        position += 1
        word ^= word >> 11
        word ^= word << 7 & 0x9d2c_5680
        word ^= word << 15 & 0xefc6_0000
        return word ^ word >> 18
    }

    private mutating func twist() {
        for index in 0..<Self.size {
            let word = state[index] & 0x8000_0000 | state[(index + 1) % Self.size] & 0x7fff_ffff
            state[index] = state[(index + Self.middle) % Self.size] ^ word >> 1 ^ (word & 1 == 1 ? 0x9908_b0df : 0)
        }
        position = 0
    }
}
