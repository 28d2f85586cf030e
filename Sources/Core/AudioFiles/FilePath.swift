internal import Foundation

/// A file's path as the system has it: bytes, which need not be UTF-8.
///
/// Swift's text cannot hold a byte that is not part of UTF-8. Such bytes travel in text as characters of a private plane,
/// one for each byte, so that a name comes back as the bytes that it was.
public struct FilePath: Hashable, Sendable {
    /// Without a zero at the end.
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The path of a file URL: as it was given where it is relative to the folder that the program runs in, whose own name
    /// may hold any bytes.
    init(_ url: URL) {
        let isHere = url.baseURL?.path == FileManager.default.currentDirectoryPath
        bytes = Self.bytes(of: isHere && !url.relativePath.isEmpty ? url.relativePath : url.path)
    }

    /// U+10FE80 to U+10FEFF stand for the bytes 80 to FF.
    private static let plane: UInt32 = 0x10FE00

    /// The text that stands for a name's bytes, to make a URL of; `bytes(of:)` gives them back.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        var rest = Array(bytes)[...]
        while let first = rest.first {
            var decoder = UTF8()
            var iterator = rest.prefix(4).makeIterator()
            if case .scalarValue(let scalar) = decoder.decode(&iterator), byte(of: scalar) == nil {
                text.append(scalar)
                rest = rest.dropFirst(String(scalar).utf8.count)
            } else {
                text.append(Unicode.Scalar(plane + UInt32(first)) ?? "\u{FFFD}")
                rest = rest.dropFirst()
            }
        }
        return String(text)
    }

    /// The bytes that a text stands for.
    static func bytes(of text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar in byte(of: scalar).map { [$0] } ?? Array(String(scalar).utf8) }
    }

    private static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        (plane + 0x80...plane + 0xFF).contains(scalar.value) ? UInt8(scalar.value - plane) : nil
    }

    /// Whether a folder lies at a path; nil where nothing does.
    public static func isFolder(_ path: String) -> Bool? {
        var isFolder: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) ? isFolder.boolValue : nil
    }

    /// A text with the replacement character for each byte that has no place in text, for people to read.
    public static func readable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { byte(of: $0) == nil ? $0 : "\u{FFFD}" }))
    }

    func withCString<R>(_ body: (UnsafePointer<CChar>) throws -> R) rethrows -> R {
        try unsafe (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
            try unsafe body($0.baseAddress!)
        }
    }

    /// The last part of the path.
    var name: [UInt8] { Array(bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]) }

    /// The folder that the file is in.
    var folder: FilePath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return FilePath(bytes: Array(".".utf8)) }
        return FilePath(bytes: slash == 0 ? Array("/".utf8) : Array(bytes[..<slash]))
    }

    /// A file in this folder.
    func appending(_ name: [UInt8]) -> FilePath {
        bytes == Array(".".utf8)
            ? FilePath(bytes: name)
            : FilePath(bytes: bytes + (bytes.last == UInt8(ascii: "/") ? [] : Array("/".utf8)) + name)
    }

    /// Where a symbolic link points to; nil where the path is none.
    var linkTarget: FilePath? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe withCString { path in
            unsafe buffer.withUnsafeMutableBytes {
                unsafe readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
            }
        }
        guard count > 0 else { return nil }
        let target = Array(buffer[..<count])
        return target.first == UInt8(ascii: "/") ? FilePath(bytes: target) : folder.appending(target)
    }

    /// The file that a name stands for, through links, whether it exists or not; nil for links that go round in a circle.
    var throughLinks: FilePath? {
        var path = self
        for _ in 0..<40 {
            guard let target = path.linkTarget else { return path }
            path = target
        }
        return nil
    }
}
