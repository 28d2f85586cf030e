public import Editing
public import Foundation

/// How a workbench is served, and how much it takes on.
public struct WorkbenchSettings: Sendable {
    /// The address to listen on; 127.0.0.1 reaches nobody but this machine.
    public var host: String
    /// The port to listen on; 0 for any that is free.
    public var port: Int
    /// A folder whose sounds can be opened by name; nil for none.
    public var folder: URL?
    /// The folder that holds sessions, sounds and the database.
    public var store: URL
    /// What a client has to show; nil for nothing, on an address that reaches nobody but this machine.
    public var token: String?
    /// The largest sound that is taken, in bytes.
    public var uploadLimit = 8 << 30
    /// The most that all sounds may take on the disk, in bytes.
    public var diskLimit = 40 << 30
    /// The days after which a session that nobody used is removed.
    public var daysKept = 30.0
    /// The edits of one client that may wait.
    public var queueLimitOfClient = 24
    /// The edits of all clients that may wait.
    public var queueLimit = 200
    /// The connections that are served at once.
    public var connectionLimit = 600
    /// The words of a command that makes an edit of a file, `(request, input, output)`; nil where there is none.
    public var command: @Sendable (any EditRequest, String?, String) -> String? = { _, _, _ in nil }

    /// Settings with the usual limits.
    /// - Parameters:
    ///   - host: the address to listen on.
    ///   - port: the port to listen on; 0 for any that is free.
    ///   - folder: a folder whose sounds can be opened by name.
    ///   - store: the folder that holds sessions, sounds and the database; it is made where it is missing.
    ///   - token: what a client has to show; nil for nothing.
    public init(host: String = "127.0.0.1", port: Int = 8480, folder: URL? = nil, store: URL, token: String? = nil) {
        self.host = host
        self.port = port
        self.folder = folder
        self.store = store
        self.token = token
    }

    /// Whether only this machine is reached.
    public var isLoopback: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }

    /// A token that nobody can guess.
    public static func newToken() -> String { Identifier.make() }
}
