internal import CFiles
public import Foundation

/// The right to make a file, which one program at a time has: an empty file beside it, `.NAME.lock`, that is locked. When
/// the program ends, whatever way, the lock goes.
public final class OutputLock {
    private let descriptor: Int32
    private let path: FilePath

    /// Takes the lock.
    /// - Parameter url: the file that is going to be made.
    /// - Returns: nil where another program, or another part of this one, has it.
    /// - Throws: `AudioError.unwritable`; `CancellationError` where the program has been told to stop.
    public init?(_ url: URL) throws {
        let target = FilePath(url)
        let (ending, longest) = (Array(".lock".utf8), 255)
        path = target.folder.appending(
            Array(".".utf8) + target.name.prefix(longest - 1 - ending.count) + ending)
        while true {
            let found = unsafe path.withCString { unsafe open($0, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666) }
            guard found >= 0 else {
                throw AudioError.unwritable(
                    file: FilePath.readable(url.relativePath), reason: FileStatus.wordsOnMaking(errno))
            }
            guard flock(found, LOCK_EX | LOCK_NB) == 0 else {
                close(found)
                return nil
            }
            // Another program may have removed the file between the two calls: then its lock says nothing.
            if let held = FileStatus(descriptor: found)?.identity, held == FileStatus(path)?.identity {
                descriptor = found
                break
            }
            close(found)
        }
        var isStopped = false
        _ = unsafe path.withCString { unsafe retouch_temporary_add($0, &isStopped) }
        if isStopped {
            release()
            throw CancellationError()
        }
    }

    /// Gives the right back.
    public func release() {
        TemporaryFiles.remove(path)
        // By name: a process that is being started at this moment shares the descriptor until it runs its own program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
