public import Core
public import Foundation

/// Files under Tests/Fixtures and temporary folders.
public enum Fixture {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")

    /// `Fixture.url("checkpoint/types.safetensors")`
    public static func url(_ path: String) -> URL { folder.appending(path: path) }

    /// The tensors of a safetensors fixture.
    public static func tensors(_ path: String) throws -> WeightScope { try WeightFile(file: url(path)).root }

    /// Runs `body` with a new folder that is deleted afterwards.
    public static func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "retouch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}

extension WeightScope {
    /// A fixture's tensor in whatever shape it has.
    public func tensor(named name: String) throws -> Tensor {
        try tensor(name, shape: shape(of: name) ?? [])
    }
}
