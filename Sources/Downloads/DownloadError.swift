public import Foundation

/// Everything that can go wrong with a download. Each message is one line in the user's words.
public enum DownloadError: Error, Equatable, Sendable {
    /// The hub's address is none that can be used.
    case hub(found: String)
    /// The name is not that of a model of a hub.
    case name(found: String)
    /// The hub has no model of this name and revision, or it shows it to nobody who has not signed in.
    case notThere(name: String, hub: String, status: Int)
    /// The hub's answer is not what a hub says.
    case answer(url: String, reason: String)
    /// A redirection leads to where bytes could be read or changed on the way.
    case insecure(url: String)
    /// The connection broke off, again and again, or there was none.
    case broken(url: String, reason: String)
    /// A file is of another size than the hub's list says.
    case size(file: String, expected: Int, found: Int)
    /// A file's content is not what the hub's list says.
    case hash(file: String)
    /// The model's licence has not been accepted.
    case licence(name: String, licence: String)
    /// There is something under the folder's name already.
    case exists(folder: String)
    /// Another download of the same folder is going on.
    case busy(folder: String)
    /// The disk has too little room.
    case room(folder: String, needed: Int, free: Int)
    /// A file or folder cannot be written.
    case unwritable(file: String, reason: String)

    /// Whether another try may go well.
    var isPassing: Bool { if case .broken = self { true } else { false } }
}

extension DownloadError: LocalizedError, CustomStringConvertible {
    /// The message, as ``description``.
    public var errorDescription: String? { description }

    /// The message: one line that names what was expected, what was found, and what to do.
    public var description: String {
        switch self {
        case .hub(let found):
            "\(found): the address of a hub is expected, as https://host"
        case .name(let found):
            "\(found): the name of a model is expected, as owner/model"
        case .notThere(let name, let hub, let status):
            status == 404
                ? "\(name): there is no such model at \(hub)"
                : "\(name): \(hub) does not give it to everybody (\(status)): download it in a browser, and name its folder"
        case .answer(let url, let reason):
            "\(url): \(reason)"
        case .insecure(let url):
            "\(url): a redirection to an address without https is not followed"
        case .broken(let url, let reason):
            "\(url): the download broke off: \(reason); start it again, and it goes on from there"
        case .size(let file, let expected, let found):
            "\(file): \(expected) bytes expected, the server sends \(found)"
        case .hash(let file):
            "\(file): its content is not what the hub says it is: it was removed; start the download again"
        case .licence(let name, let licence):
            "\(name): its licence is \(licence); to accept it, say so"
        case .exists(let folder):
            "\(folder): there is something of that name already"
        case .busy(let folder):
            "\(folder): another download of it is going on"
        case .room(let folder, let needed, let free):
            "\(folder): \(Self.megabytes(needed)) MB are needed, \(Self.megabytes(free)) MB are free"
        case .unwritable(let file, let reason):
            "\(file): cannot be written: \(reason)"
        }
    }

    private static func megabytes(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }
}
