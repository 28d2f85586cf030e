import Foundation

@testable import Core

/// A folder of Tests/Fixtures/networks: a tiny model as diffusers or transformers wrote it, and what it computed.
struct NetworkFixture {
    let folder: URL

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/networks").standardizedFileURL

    init(_ name: String) { folder = Self.root.appending(path: name) }

    func configuration<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        try JSONFile.load(T.self, from: folder.appending(path: "config.json"))
    }

    /// A network made from the folder's weights, of which nothing may be left over.
    func network<T>(_ make: (WeightScope) throws -> T) throws -> T {
        let weights = try WeightFile(folder: folder)
        let network = try make(weights.root)
        try weights.requireFullyRead()
        return network
    }

    func expected() throws -> ExpectedTensors { try ExpectedTensors(folder) }
}

/// The tensors of an `expected.safetensors`.
struct ExpectedTensors {
    private let scope: WeightScope

    init(_ folder: URL) throws {
        scope = try WeightFile(file: folder.appending(path: "expected.safetensors")).root
    }

    func contains(_ name: String) -> Bool { scope.contains(name) }

    /// How many tensors are named `name.0`, `name.1` and so on.
    func count(_ name: String) -> Int { (0...).first { !contains("\(name).\($0)") } ?? 0 }

    subscript(_ name: String) -> Tensor {
        get throws { try scope.tensor(name, shape: scope.shape(of: name) ?? []) }
    }

    /// An image or mel, [B, C, H, W] in the file, as [B, H, W, C].
    func image(_ name: String) throws -> Tensor { try self[name].transposed([0, 2, 3, 1]) }

    /// A mel, [B, 1, T, F] in the file, as [B, T, F].
    func mel(_ name: String) throws -> Tensor {
        let tensor = try self[name]
        return tensor.reshaped([tensor.shape[0]] + tensor.shape[2...])
    }

    func integers(_ name: String) throws -> [Int] { try self[name].elements.map { Int($0) } }
}
