/// The element types that weight files store.
enum ElementType: String, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case boolean = "BOOL"

    /// Bytes per element.
    var width: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .boolean: 1
        }
    }

    var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        default: false
        }
    }

    /// Converts one element to Float. Values of F64 are rounded; all others are exact.
    /// - Parameter address: where the element starts, at any alignment. The type must be a floating-point one.
    @inline(__always)
    func float(at address: UnsafeRawPointer) -> Float {
        switch self {
        case .float64: unsafe Float(address.loadUnaligned(as: Double.self))
        case .float32: unsafe address.loadUnaligned(as: Float.self)
        case .float16: unsafe Self.float(half: address.loadUnaligned(as: UInt16.self))
        case .bfloat16: unsafe Float(bitPattern: UInt32(address.loadUnaligned(as: UInt16.self)) << 16)
        default: preconditionFailure("\(rawValue) elements are not weights")
        }
    }

    /// IEEE 754 half precision to single.
    static func float(half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let magnitude = UInt32(half & 0x7fff) << 13
        // The exponent's bias grows from 15 to 127; an exponent of all ones has to stay all ones.
        let normal = magnitude &+ (magnitude >= 0x0f80_0000 ? 0x7000_0000 : 0x3800_0000)
        // A subnormal half is its fraction above 2^-14 less 2^-14.
        let subnormal = (Float(bitPattern: magnitude &+ 0x3880_0000) - 0x1p-14).bitPattern
        return Float(bitPattern: sign | (magnitude < 0x0080_0000 ? subnormal : normal))
    }
}
