internal import Foundation

/// Where the parts of a model come from: a folder in the layout of diffusers, or one of AudioLDM's original files, which is presented as
/// such a folder would be.
enum ModelFiles: Sendable {
    case folder(URL)
    case original(OriginalCheckpoint)

    /// Looks at what is there; of a file, reads what tensors it has.
    /// - Throws: `notAModel` for what is neither, or what opening an original file throws.
    init(_ location: URL) throws(CheckpointError) {
        let path = location.relativePath
        guard let isFolder = FilePath.isFolder(path) else {
            throw .notAModel(path: path, reason: "there is no such folder or file")
        }
        if isFolder {
            try ModelIndex.check(location)
            self = .folder(location)
        } else {
            guard OriginalCheckpoint.extensions.contains(location.pathExtension.lowercased()) else {
                throw .notAModel(
                    path: path,
                    reason:
                        "it is a file; a model is a folder with model_index.json, unet/, vae/, ... or one of AudioLDM's original files (.ckpt, .pth)"
                )
            }
            // A URL that was made as a folder's ends in a slash, which no file's may.
            self = .original(try OriginalCheckpoint(URL(fileURLWithPath: path)))
        }
    }

    /// The folder or the file.
    var location: URL {
        switch self {
        case .folder(let folder): folder
        case .original(let checkpoint): checkpoint.file
        }
    }

    /// The folder of the vocabulary.
    var tokenizer: URL {
        switch self {
        case .folder(let folder): folder.appending(path: "tokenizer")
        case .original(let checkpoint): checkpoint.tokenizer
        }
    }

    /// - Throws: `notAModel` for an original file without a vocabulary beside it.
    func requireTokenizer() throws(CheckpointError) {
        guard case .original(let checkpoint) = self else { return }
        let missing = Tokenizer.files.filter { !Self.exists(checkpoint.tokenizer.appending(path: $0)) }
        guard missing.isEmpty else {
            throw .notAModel(
                path: checkpoint.file.relativePath,
                reason:
                    "the vocabulary of its text encoder, RoBERTa's \(missing.joined(separator: " and ")), is not in such files: "
                    + "put it into tokenizer/ beside it, or convert it with a tokenizer's folder")
        }
    }

    /// Whether there is a configuration of this path, such as `vae/config.json`.
    func has(_ path: String) -> Bool {
        switch self {
        case .folder(let folder): Self.exists(folder.appending(path: path))
        case .original(let checkpoint): checkpoint.configurations[path] != nil
        }
    }

    /// Whether the model has a part.
    func has(_ part: Model.Part) -> Bool { has("\(part.rawValue)/config.json") }

    /// What the configuration of a path is called in errors.
    func name(_ path: String) -> String {
        switch self {
        case .folder(let folder): folder.appending(path: path).path(percentEncoded: false)
        case .original(let checkpoint): checkpoint.name(path)
        }
    }

    /// Reads a configuration.
    /// - Throws: an error that names the file and the key that do not fit.
    func load<T: Decodable>(_ path: String) throws(CheckpointError) -> T {
        switch self {
        case .folder(let folder): return try JSONFile.load(T.self, from: folder.appending(path: path))
        case .original(let checkpoint):
            return try JSONFile.decode(checkpoint.configurations[path] ?? .null, name: name(path))
        }
    }

    func loadIfPresent<T: Decodable>(_ path: String) throws(CheckpointError) -> T? {
        has(path) ? try load(path) as T : nil
    }

    /// Opens the weights of a part.
    func weights(_ part: Model.Part) throws(CheckpointError) -> WeightFile {
        switch self {
        case .folder(let folder): return try WeightFile(folder: folder.appending(path: part.rawValue))
        case .original(let checkpoint):
            guard let weights = checkpoint.weights(part) else {
                throw .notAModel(path: checkpoint.path, reason: "it has no \(part.rawValue)")
            }
            return weights
        }
    }

    private static func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path(percentEncoded: false))
    }
}
