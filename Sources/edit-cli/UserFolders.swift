internal import Core
internal import Foundation

extension URL {
    /// A folder of the user's own, by the rules of the XDG base directories.
    static func ofUser(_ variable: String, otherwise path: String) -> URL {
        let named = ProcessInfo.processInfo.environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return named.map { URL(fileURLWithPath: $0, isDirectory: true) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: path)
    }
}

extension KnownHashes {
    /// The hashes of models that the user has worked with.
    static var ofUser: KnownHashes {
        KnownHashes(file: .ofUser("XDG_CACHE_HOME", otherwise: ".cache").appending(path: "retouch/models.json"))
    }
}
