public import Foundation

/// Writes tensors into a file that the Python libraries read: for holding intermediate results against theirs.
public enum SafetensorsWriter {
    /// Writes the tensors, as 32-bit floats in the order of their names, replacing the file.
    ///
    /// - Throws: `unwritable`
    public static func write(_ tensors: [String: Tensor], to url: URL) throws(CheckpointError) {
        var header: [String] = []
        var offset = 0
        let named = tensors.sorted { $0.key < $1.key }
        for (name, tensor) in named {
            let end = offset + 4 * tensor.count
            header.append(
                #""\#(escaped(name))":{"dtype":"F32","shape":\#(tensor.shape),"data_offsets":[\#(offset),\#(end)]}"#)
            offset = end
        }
        // The header's length is rounded up, so that the tensors start at a multiple of 8.
        let text = "{\(header.joined(separator: ","))}"
        let padding = String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        var bytes = Data()
        bytes.reserveCapacity(8 + text.utf8.count + padding.count + offset)
        append(UInt64(text.utf8.count + padding.count), to: &bytes)
        bytes.append(contentsOf: (text + padding).utf8)
        for (_, tensor) in named {
            for element in tensor.elements { append(element.bitPattern, to: &bytes) }
        }
        do {
            try bytes.write(to: url, options: .atomic)
        } catch {
            throw .unwritable(file: url.path(percentEncoded: false), reason: error.localizedDescription)
        }
    }

    private static func append<T: FixedWidthInteger>(_ integer: T, to bytes: inout Data) {
        for byte in 0..<T.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: integer >> (8 * byte))) }
    }

    /// A text inside JSON's quotes.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.value < 0x20:
                "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }.joined()
    }
}
