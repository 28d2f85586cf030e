public import Foundation

extension AudioContainer {
    /// Whether a file of this name can be written.
    public static func isWritten(_ url: URL) -> Bool {
        let suffix = url.pathExtension.lowercased()
        return extensions.contains { $0.name == suffix }
    }
}
