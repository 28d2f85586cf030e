public import Foundation

/// Writes one of AudioLDM's original files as a folder in diffusers' layout.
public struct ModelConversion {
    /// The folder that was written.
    public let folder: URL
    /// Its parts.
    public let parts: [Model.Part]
    /// Whether the UNet's weights are the mean over the last steps of its training, which the file has beside those of the last step.
    public let isAveraged: Bool
    /// How many tensors of the file no network uses.
    public let passedOver: Int

    /// Converts a file. The folder appears whole or not at all; weights keep their element types.
    /// - Parameters:
    ///   - file: an original checkpoint of AudioLDM, `.ckpt` or `.pth`.
    ///   - folder: the folder to write; there may be nothing of that name yet.
    ///   - tokenizer: a folder with RoBERTa's `vocab.json` and `merges.txt`, which are not in the file; nil for `tokenizer/` beside it.
    ///   - progress: told the share that is done.
    /// - Throws: `CheckpointError` for a file that is no such checkpoint, a missing vocabulary, or a folder that cannot be written.
    public init(
        of file: URL, to folder: URL, tokenizer: URL? = nil, progress: (Double) -> Void = { _ in }
    ) throws(CheckpointError) {
        guard case .original(let checkpoint) = try ModelFiles(file) else {
            throw .notAModel(
                path: file.relativePath,
                reason: "it is a folder in diffusers' layout already, expected an original file")
        }
        // What would not open is not written. The networks are not made, the vocabulary is read.
        let model = try Model(.original(checkpoint))
        let words = tokenizer ?? checkpoint.tokenizer
        try Self.check(words, given: tokenizer != nil, for: model, file)
        self.folder = folder
        parts = Model.Part.allCases.filter { checkpoint.parts[$0] != nil }
        isAveraged = checkpoint.isAveraged
        passedOver = checkpoint.passedOver

        let writer = try WholeFolder(folder)
        do throws(CheckpointError) {
            for (path, value) in checkpoint.configurations {
                try writer.write(Data(value.file.utf8), to: path)
            }
            try Self.copy(words, into: writer)
            for (index, part) in parts.enumerated() {
                progress(Double(index) / Double(parts.count))
                guard let tensors = checkpoint.parts[part]?.tensors else { continue }
                let name = part == .unet || part == .autoencoder ? "diffusion_pytorch_model" : "model"
                try writer.write(tensors, to: "\(part.rawValue)/\(name).safetensors")
            }
            try writer.finish()
            progress(1)
        } catch {
            writer.discard()
            throw error
        }
    }

    private static func check(_ words: URL, given isGiven: Bool, for model: Model, _ file: URL) throws(CheckpointError)
    {
        let missing = Tokenizer.files.filter {
            !FileManager.default.fileExists(atPath: words.appending(path: $0).path(percentEncoded: false))
        }
        guard missing.isEmpty else {
            throw isGiven
                ? .notAModel(
                    path: words.relativePath,
                    reason: "it lacks \(missing.joined(separator: " and ")), the vocabulary of RoBERTa")
                : .notAModel(
                    path: file.relativePath,
                    reason:
                        "the vocabulary of its text encoder, RoBERTa's \(missing.joined(separator: " and ")), is not in such files: "
                        + "name a tokenizer's folder, or put it into tokenizer/ beside the file")
        }
        let count = try Tokenizer(folder: words).count
        let expected = model.textEncoderConfiguration.vocabularySize
        guard count <= expected else {
            throw .configuration(
                file: words.appending(path: "vocab.json").path(percentEncoded: false), key: "token numbers",
                expected: "below \(expected), the text encoder's vocab_size", found: "\(count - 1)")
        }
    }

    private static func copy(_ words: URL, into writer: WholeFolder) throws(CheckpointError) {
        for name in Tokenizer.files + ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"] {
            let source = words.appending(path: name)
            guard FileManager.default.fileExists(atPath: source.path(percentEncoded: false)) else { continue }
            let data: Data
            do {
                data = try Data(contentsOf: source)
            } catch {
                throw .unreadable(file: source.path(percentEncoded: false), reason: error.localizedDescription)
            }
            try writer.write(data, to: "tokenizer/\(name)")
        }
        guard !writer.has("tokenizer/tokenizer_config.json") else { return }
        let facts = JSONValue.object(["model_max_length": .integer(512), "tokenizer_class": .text("RobertaTokenizer")])
        try writer.write(Data(facts.file.utf8), to: "tokenizer/tokenizer_config.json")
    }
}
