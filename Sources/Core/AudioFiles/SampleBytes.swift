internal import Foundation

/// Turns samples into a file's own: rounding to the nearest, holding to the range, and the bytes of uncompressed encodings.
struct SampleBytes {
    let encoding: AudioEncoding
    let bigEndian: Bool
    /// Bytes of one sample.
    let width: Int
    /// Samples that were beyond the encoding's range.
    private(set) var clipped = 0

    init(_ encoding: AudioEncoding, bigEndian: Bool) {
        self.encoding = encoding
        self.bigEndian = bigEndian
        width = encoding.bytesPerSample ?? 0
    }

    /// The integer of `bits` bits nearest to a sample within -1...1, full scale being `2^(bits - 1)`.
    mutating func integer(_ sample: Double, bits: Int) -> Int32 {
        let scale = Double(UInt64(1) << (bits - 1))
        let value = (sample * scale).rounded(.toNearestOrEven)
        if value > scale - 1 || value < -scale { clipped += 1 }
        return Int32(min(max(value, -scale), scale - 1))
    }

    /// The bytes of samples between -1 and 1, rounded where the encoding has integers.
    mutating func bytes(_ samples: [Float]) -> [UInt8] {
        guard case .integers(let bits) = encoding.samples else { return bytes(.floats(samples)) }
        return bytes(.integers(samples.map { integer(Double($0), bits: bits) << Int32(32 - bits) }))
    }

    /// The bytes of samples that the encoding holds.
    func bytes(_ samples: SampleEncoder.Samples) -> [UInt8] {
        switch (samples, encoding) {
        case (.integers(let samples), .pcmU8): return samples.map { UInt8(truncatingIfNeeded: ($0 >> 24) + 128) }
        case (.integers(let samples), .aLaw): return samples.map { Companding.aLaw.encode($0 >> 16) }
        case (.integers(let samples), .muLaw): return samples.map { Companding.muLaw.encode($0 >> 16) }
        case (.integers(let samples), .float32): return pack(samples) { UInt64((Float($0) / 0x1p31).bitPattern) }
        case (.integers(let samples), .float64): return pack(samples) { (Double($0) / 0x1p31).bitPattern }
        case (.integers(let samples), _):
            let shift = Int32(32 - 8 * width)
            return pack(samples) { UInt64(UInt32(bitPattern: $0 >> shift)) }
        case (.floats(let samples), .float64): return pack(samples) { Double($0).bitPattern }
        case (.floats(let samples), _): return pack(samples) { UInt64($0.bitPattern) }
        case (.doubles(let samples), .float32): return pack(samples) { UInt64(Float($0).bitPattern) }
        case (.doubles(let samples), _): return pack(samples) { $0.bitPattern }
        }
    }

    /// The sample between -1 and 1 that some bytes, as one number, stand for; in the 8-bit laws nothing.
    func value(_ number: UInt64) -> Float {
        switch encoding {
        case .float32: Float(bitPattern: UInt32(truncatingIfNeeded: number))
        case .float64: Float(Double(bitPattern: number))
        case .pcmU8: (Float(number) - 128) / 128
        case .aLaw, .muLaw: 0
        default: Float(Int64(bitPattern: number << UInt64(64 - 8 * width))) / 0x1p63
        }
    }

    /// The lowest bytes of a number for each sample.
    private func pack<Sample>(_ samples: [Sample], _ number: (Sample) -> UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: samples.count * width)
        var place = 0
        for sample in samples {
            let value = number(sample)
            for index in 0..<width {
                let shift = UInt64(8 * (bigEndian ? width - 1 - index : index))
                bytes[place + index] = UInt8(truncatingIfNeeded: value >> shift)
            }
            place += width
        }
        return bytes
    }
}
