internal import Crypto
internal import Foundation

extension SafetensorsWriter {
    /// Writes tensors as they are stored, piece by piece, so that no more than a piece of them is in memory: elements that lie row by row
    /// keep their type, others become 32-bit floats.
    /// - Parameter url: a file that is not there yet.
    /// - Returns: the SHA-256 of the file, in hexadecimal digits.
    /// - Throws: `unwritable`
    static func write(stored tensors: [String: StoredTensor], to url: URL) throws(CheckpointError) -> String {
        let named = tensors.sorted { $0.key < $1.key }
        // 1. The header. transformers demands that it names the library whose tensors they are.
        var entries = [#""__metadata__":{"format":"pt"}"#]
        var offset = 0
        for (name, tensor) in named {
            let type = tensor.isContiguous ? tensor.type : .float32
            let end = offset + tensor.shape.reduce(type.width, *)
            entries.append(
                #"\#(JSONValue.quoted(name)):{"dtype":"\#(type.rawValue)","shape":\#(tensor.shape),"data_offsets":[\#(offset),\#(end)]}"#
            )
            offset = end
        }
        let text = "{\(entries.joined(separator: ","))}"
        let padding = String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        let length = UInt64(text.utf8.count + padding.utf8.count)
        var file = try HashedFile(url)
        try file.append(Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }))
        try file.append(Data((text + padding).utf8))
        // 2. The elements.
        for (_, tensor) in named {
            if tensor.isContiguous {
                let end = tensor.offset + tensor.shape.reduce(tensor.type.width, *)
                for start in stride(from: tensor.offset, to: end, by: pieceBytes) {
                    try file.append(tensor.file.copy(start..<min(end, start + pieceBytes)))
                }
                if end - tensor.offset >= pieceBytes { tensor.file.releasePages() }
            } else {
                try file.append(unsafe tensor.load().elements.withUnsafeBytes { unsafe Data($0) })
            }
        }
        return try file.finish()
    }

    private static let pieceBytes = 16 << 20
}

/// A new file that is written from its beginning to its end.
struct HashedFile {
    private let path: String
    private let handle: FileHandle
    private var hash = SHA256()

    init(_ url: URL) throws(CheckpointError) {
        path = url.path(percentEncoded: false)
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw .unwritable(file: path, reason: unsafe String(cString: strerror(errno))) }
        self.handle = handle
    }

    mutating func append(_ data: Data) throws(CheckpointError) {
        hash.update(data: data)
        do {
            try handle.write(contentsOf: data)
        } catch {
            throw .unwritable(file: path, reason: Self.words(error))
        }
    }

    /// Brings the file to the disk.
    /// - Returns: the SHA-256 of what was written, in hexadecimal digits.
    func finish() throws(CheckpointError) -> String {
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw .unwritable(file: path, reason: Self.words(error))
        }
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func words(_ error: any Error) -> String {
        let code = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
        return code?.code == .ENOSPC ? "the disk is full" : error.localizedDescription
    }
}
