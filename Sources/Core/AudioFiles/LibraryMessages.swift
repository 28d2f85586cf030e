internal import CFiles

/// What libraries, and the language's own runtime, write to standard error by themselves.
public enum LibraryMessages {
    /// From now on they are kept back, and shown only where the program has a fault: a program whose errors are one line has no use for
    /// theirs.
    /// - Returns: the file descriptor by which the program itself reaches its standard error from now on.
    public static func keepBack() -> Int32 { retouch_keep_back_messages() }
}
