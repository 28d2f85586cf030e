internal import CFiles

/// What libraries, and the language's own runtime, write to standard output and standard error by themselves.
public enum LibraryMessages {
    /// From now on they are kept back, and shown only where the program has a fault: a program whose errors are one line, and whose output may
    /// be a sound, has no use for theirs.
    /// - Parameter descriptor: of the standard output, or of the standard error.
    /// - Returns: the file descriptor by which the program itself reaches it from now on.
    public static func keepBack(_ descriptor: Int32) -> Int32 { retouch_keep_back_messages(descriptor) }
}
