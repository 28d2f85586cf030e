public import Foundation

/// The folder of a memory as a test wants it: a few captions and words, with vectors of a few numbers.
public struct SmallMemory {
    /// What `config.json` says, by key.
    public var configuration: [String: Any] = [
        "neighbours": 2, "sharpness": 5, "words": 1.0, "text": 0.0, "sound": 0.0, "fallback": 0.5,
        "separators": [",", "and", "with"], "ignored": ["a", "the", "of"],
    ]
    public var captions = ["a dog barking", "rain falling", "a piano"]
    public var words = ["bark", "dog", "fall", "piano", "rain"]
    /// The tensors of `vectors.safetensors`: the type, the shape and the bytes.
    public var tensors: [String: (type: String, shape: [Int], bytes: [Int8])]

    /// - Parameter width: of the towers' vectors.
    public init(width: Int) {
        func rows(_ count: Int, _ width: Int, _ seed: Int) -> [Int8] {
            (0..<count * width).map { Int8(truncatingIfNeeded: ($0 * 37 + seed * 11) % 201 - 100) }
        }
        tensors = [
            "sound": ("I8", [3, width], rows(3, width, 1)), "text": ("I8", [3, width], rows(3, width, 2)),
            // Each word a direction of its own, "bark" nearly that of "dog".
            "word": ("I8", [5, 5], [3, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]),
        ]
    }

    /// Writes the memory into the folder of a model.
    public func write(into model: URL) throws {
        let folder = model.appending(path: "memory")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, value) in [("config", configuration as Any), ("captions", captions), ("words", words)] {
            try JSONSerialization.data(withJSONObject: value, options: .sortedKeys)
                .write(to: folder.appending(path: "\(name).json"))
        }
        var header: [String: Any] = [:]
        var body = Data()
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let end = body.count + tensor.bytes.count
            header[name] = ["dtype": tensor.type, "shape": tensor.shape, "data_offsets": [body.count, end]]
            body.append(contentsOf: tensor.bytes.map { UInt8(bitPattern: $0) })
        }
        let text = try JSONSerialization.data(withJSONObject: header)
        let length = Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) })
        try (length + text + body).write(to: folder.appending(path: "vectors.safetensors"))
    }
}
