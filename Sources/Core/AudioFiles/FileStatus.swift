internal import Foundation

/// What the file system says about a file.
struct FileStatus: Equatable, Sendable {
    let isRegular: Bool
    let permissions: mode_t
    let owner: uid_t
    let group: gid_t
    let size: Int
    /// Device and number: equal for two names of one file.
    let identity: [UInt64]
    /// Seconds and nanoseconds.
    let modified: [Int]

    /// Nil where nothing is there.
    init?(_ path: FilePath) {
        var status = stat()
        guard unsafe path.withCString({ unsafe stat($0, &status) }) == 0 else { return nil }
        self.init(status)
    }

    /// Of an open file.
    init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        isRegular = status.st_mode & S_IFMT == S_IFREG
        permissions = status.st_mode & 0o7777
        owner = status.st_uid
        group = status.st_gid
        size = Int(status.st_size)
        identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }

    /// Why a file cannot be made, by the error code: it is not the file that does not exist.
    static func wordsOnMaking(_ code: Int32) -> String {
        code == ENOENT ? "there is no such folder" : words(code)
    }

    /// The system's words for an error code.
    static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
