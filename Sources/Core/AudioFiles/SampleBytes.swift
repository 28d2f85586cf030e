internal import Foundation

/// Turns floating-point samples into a file's own: rounding to the nearest, holding to the range, and the bytes of
/// uncompressed encodings.
struct SampleBytes {
    let encoding: AudioEncoding
    let bigEndian: Bool
    /// Samples that were beyond the encoding's range.
    private(set) var clipped = 0

    init(_ encoding: AudioEncoding, bigEndian: Bool) {
        self.encoding = encoding
        self.bigEndian = bigEndian
    }

    /// The integer of `bits` bits nearest to a sample within -1...1, full scale being `2^(bits - 1)`.
    mutating func integer(_ sample: Double, bits: Int) -> Int32 {
        let scale = Double(UInt64(1) << (bits - 1))
        let value = (sample * scale).rounded(.toNearestOrEven)
        if value > scale - 1 || value < -scale { clipped += 1 }
        return Int32(min(max(value, -scale), scale - 1))
    }

    /// The bytes of interleaved samples.
    mutating func bytes(_ samples: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(samples.count * (encoding.bytesPerSample ?? 0))
        for sample in samples {
            switch encoding {
            case .float32: append(UInt64(sample.bitPattern), 4, to: &bytes)
            case .float64: append(Double(sample).bitPattern, 8, to: &bytes)
            case .pcmU8: bytes.append(UInt8(integer(Double(sample), bits: 8) + 128))
            case .aLaw: bytes.append(Companding.aLaw.encode(integer(Double(sample), bits: 16)))
            case .muLaw: bytes.append(Companding.muLaw.encode(integer(Double(sample), bits: 16)))
            default:
                let width = encoding.bytesPerSample ?? 0
                append(UInt64(bitPattern: Int64(integer(Double(sample), bits: 8 * width))), width, to: &bytes)
            }
        }
        return bytes
    }

    private func append(_ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * (bigEndian ? count - 1 - index : index))))
        }
    }
}

/// The 8-bit laws of ITU-T recommendation G.711: the code whose level is nearest.
struct Companding: Sendable {
    /// Codes by rising level, with their levels on the scale of 16 bits.
    private let levels: [(level: Int32, code: UInt8)]

    static let aLaw = Companding { code in
        let bits = Int32(code ^ 0x55)
        let segment = (bits & 0x70) >> 4
        let step = ((bits & 0x0F) << 4) + (segment == 0 ? 8 : 0x108)
        let level = step << max(0, segment - 1)
        return code & 0x80 != 0 ? level : -level
    }

    static let muLaw = Companding { code in
        let bits = Int32(~code)
        let level = ((((bits & 0x0F) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84
        return code & 0x80 != 0 ? level : -level
    }

    private init(_ level: (UInt8) -> Int32) {
        levels = (0...255).map { (level(UInt8($0)), UInt8($0)) }.sorted { $0.0 < $1.0 }
    }

    func encode(_ sample: Int32) -> UInt8 {
        var (low, high) = (0, levels.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if levels[middle].level <= sample { low = middle } else { high = middle }
        }
        return sample - levels[low].level <= levels[high].level - sample ? levels[low].code : levels[high].code
    }
}
