internal import Foundation

/// Finds the weights of a component folder among the names that diffusers and transformers give them.
struct WeightFolder {
    let url: URL

    init(_ url: URL) { self.url = url }

    private static let plainNames = [
        "diffusion_pytorch_model.safetensors", "model.safetensors",
        "diffusion_pytorch_model.safetensors.index.json", "model.safetensors.index.json",
        "diffusion_pytorch_model.bin", "pytorch_model.bin",
        "diffusion_pytorch_model.bin.index.json", "pytorch_model.bin.index.json",
    ]

    /// - Throws: `unreadable` if the folder is, `noWeights`, or `ambiguousWeights` if only variants are there, and several.
    func preferredFile() throws(CheckpointError) -> URL {
        let path = url.path(percentEncoded: false)
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw .unreadable(file: path, reason: "there is no such folder")
        }
        if let name = Self.plainNames.first(where: names.contains) { return url.appending(path: name) }

        // Variants put a word into the name: model.fp16.safetensors, model.safetensors.index.fp16.json.
        for kind in ["safetensors", "bin"] {
            let files = names.filter { $0.hasSuffix(".\(kind)") && !Self.isShard($0) }
            let indices = names.filter { $0.hasSuffix(".json") && $0.contains(".\(kind).index") }
            let variants = files.isEmpty ? indices : files
            if variants.count > 1 { throw .ambiguousWeights(folder: path, found: variants) }
            if let name = variants.first { return url.appending(path: name) }
        }
        throw .noWeights(folder: path, expected: "\(Self.plainNames[0]), \(Self.plainNames[1]) or a .bin file")
    }

    /// `model-00001-of-00003.safetensors`.
    private static func isShard(_ name: String) -> Bool {
        name.firstMatch(of: /-\d+-of-\d+\./) != nil
    }
}
