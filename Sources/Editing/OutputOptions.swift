/// How a result is written. The container follows the file's extension.
public struct OutputOptions: Sendable {
    /// The sample formats that can be asked for.
    public enum Encoding: String, Sendable, Codable, CaseIterable {
        case pcm16, pcm24, float32
    }

    /// nil: the source's; for a generated sound 16-bit PCM.
    public var encoding: Encoding?
    /// Whether a file of that name may be replaced.
    public var overwrites: Bool

    public init(encoding: Encoding? = nil, overwrites: Bool = false) {
        self.encoding = encoding
        self.overwrites = overwrites
    }
}
