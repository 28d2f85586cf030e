/// Makes inputs that nobody meant out of ones that somebody did; the same seed makes the same ones.
public struct Mutator {
    private var state: UInt64
    private let seeds: [[UInt8]]

    public init(_ seeds: [[UInt8]], seed: UInt64) {
        self.seeds = seeds
        state = seed
    }

    /// A number below another one (SplitMix64).
    private mutating func number(below count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) >> 1) % max(1, count)
    }

    private static let edges: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF,
        0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF,
    ]

    /// The next input.
    public mutating func next() -> [UInt8] {
        var bytes = seeds[number(below: seeds.count)]
        for _ in 0...number(below: 6) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(number(below: 256))) }
        let place = number(below: bytes.count)
        let length = min(bytes.count - place, 1 + number(below: 1 << number(below: 10)))
        switch number(below: 9) {
        case 0: bytes[place] ^= 1 << UInt8(number(below: 8))
        case 1: bytes[place] = UInt8(number(below: 256))
        case 2, 3:
            // A number at the edge of what fits, in either order of bytes.
            let value = Self.edges[number(below: Self.edges.count)] &+ UInt64(number(below: 3)) &- 1
            let width = min(bytes.count - place, [1, 2, 4, 8][number(below: 4)])
            let isBig = number(below: 2) == 0
            for index in 0..<width {
                bytes[place + index] = UInt8(
                    truncatingIfNeeded: value >> UInt64(8 * (isBig ? width - 1 - index : index)))
            }
        case 4: bytes.removeSubrange(place..<place + length)
        case 5: bytes.insert(contentsOf: bytes[place..<place + length], at: number(below: bytes.count))
        case 6:
            let other = seeds[number(below: seeds.count)]
            guard !other.isEmpty else { return }
            let start = number(below: other.count)
            bytes.replaceSubrange(place..<place + length, with: other[start..<min(other.count, start + length)])
        case 7: bytes.removeLast(bytes.count - place)
        default: bytes.insert(contentsOf: (0..<length).map { _ in UInt8(number(below: 256)) }, at: place)
        }
        if bytes.count > 1 << 18 { bytes.removeLast(bytes.count - 1 << 18) }
    }
}
