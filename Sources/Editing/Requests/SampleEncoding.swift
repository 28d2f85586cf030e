internal import Core

/// The sample formats that can be asked for.
public enum SampleEncoding: String, Sendable, Codable, CaseIterable {
    /// 16-bit integers.
    case pcm16
    /// 24-bit integers.
    case pcm24
    /// 32-bit floating-point numbers.
    case float32
}

extension SampleEncoding {
    var audioEncoding: AudioEncoding {
        switch self {
        case .pcm16: .pcm16
        case .pcm24: .pcm24
        case .float32: .float32
        }
    }
}
