import Foundation
import TestSupport

/// A file system in memory that is full soon. Only the administrator may make one.
struct SmallDisk {
    let path: String

    static let isPossible = {
        guard geteuid() == 0, let folder = try? TemporaryFolder(),
            let disk = try? SmallDisk(at: folder.file("disk"), kilobytes: 64)
        else { return false }
        disk.unmount()
        return true
    }()

    init(at url: URL, kilobytes: Int) throws {
        path = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        guard unsafe mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
    }

    /// From now on nothing can be written to it.
    func makeReadOnly() throws {
        guard unsafe mount("tmpfs", path, "tmpfs", UInt(MS_RDONLY | MS_REMOUNT), nil) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
    }

    func unmount() { _ = unsafe umount(path) }
}
