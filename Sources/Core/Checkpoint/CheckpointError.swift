public import Foundation

/// Everything that can be wrong with a model's files. Each message is one line that names the file and, where there is one, the key.
public enum CheckpointError: Error, Equatable, Sendable {
    /// The path is no model that can be used; `reason` says what is missing or wrong, and what to do.
    case notAModel(path: String, reason: String)
    /// The file or folder cannot be opened or read; `reason` is the system's.
    case unreadable(file: String, reason: String)
    /// The file cannot be written; `reason` is the system's.
    case unwritable(file: String, reason: String)
    /// The folder holds no weights under any name that is looked for.
    case noWeights(folder: String, expected: String)
    /// The folder holds several variants of the weights and none under the plain name.
    case ambiguousWeights(folder: String, found: [String])
    /// The file breaks the rules of its own format. `key` is the tensor or record concerned, if one is known.
    case malformed(file: String, key: String?, reason: String)
    /// A pickle has something among its weights that weights are not made of. Nothing of it has been executed.
    case forbiddenGlobal(file: String, name: String)
    /// A tensor that the network needs is not in the file.
    case missing(file: String, key: String, expected: [Int])
    /// A tensor has another shape than the configuration asks for.
    case misshapen(file: String, key: String, expected: [Int], found: [Int])
    /// A tensor's elements cannot serve as weights (integers, booleans).
    case wrongElementType(file: String, key: String, found: String)
    /// Tensors that no part of the network has read.
    case unread(file: String, keys: [String])
    /// A value of a JSON file is missing or is not what it has to be.
    case configuration(file: String, key: String, expected: String, found: String)
}

extension CheckpointError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .notAModel(let path, let reason):
            "\(path): not a model: \(reason)"
        case .unreadable(let file, let reason):
            "\(file): cannot be read: \(reason)"
        case .unwritable(let file, let reason):
            "\(file): cannot be written: \(reason)"
        case .noWeights(let folder, let expected):
            "\(folder): no weights found: expected \(expected)"
        case .ambiguousWeights(let folder, let found):
            "\(folder): several weight files (\(Self.list(found))): keep one of them"
        case .malformed(let file, let key, let reason):
            if let key { "\(file): \(key): \(reason)" } else { "\(file): \(reason)" }
        case .forbiddenGlobal(let file, let name):
            "\(file): the pickle asks for \(name), which weights do not need: it is not run; convert the file to safetensors"
        case .missing(let file, let key, let expected):
            "\(file): \(key): expected a tensor of shape \(expected), found none: the weights do not fit config.json"
        case .misshapen(let file, let key, let expected, let found):
            "\(file): \(key): expected shape \(expected), found \(found): the weights do not fit config.json"
        case .wrongElementType(let file, let key, let found):
            "\(file): \(key): expected floating-point elements, found \(found)"
        case .unread(let file, let keys):
            "\(file): \(keys.count) tensor\(keys.count == 1 ? "" : "s") that config.json does not account for: \(Self.list(keys))"
        case .configuration(let file, let key, let expected, let found):
            "\(file): \(key): expected \(expected), found \(found)"
        }
    }

    /// At most six names, and how many more there are.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(6).joined(separator: ", ")
        return names.count > 6 ? "\(shown) and \(names.count - 6) more" : shown
    }
}
