internal import Foundation

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

    /// The highest level, between 0 and 1.
    var largest: Float { Float(levels[levels.count - 1].level) / 0x1p15 }

    func encode(_ sample: Int32) -> UInt8 {
        var (low, high) = (0, levels.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if levels[middle].level <= sample { low = middle } else { high = middle }
        }
        return sample - levels[low].level <= levels[high].level - sample ? levels[low].code : levels[high].code
    }
}
