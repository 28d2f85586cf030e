internal import Foundation

/// Reads the header of a safetensors file: eight bytes of length, that much JSON, then the tensors' bytes without a gap or an overlap
/// (github.com/huggingface/safetensors, "Format").
enum SafetensorsFile {
    /// Bytes of the longest header that is read: a quarter of what the format allows, and a hundred times what a large network takes.
    private static let longestHeader = 25_000_000

    /// - Returns: every tensor of the file by name. All of them lie within the file and none overlaps another.
    static func open(_ url: URL) throws(CheckpointError) -> [String: StoredTensor] {
        let file = try MappedFile(url)
        func malformed(_ key: String?, _ reason: String) -> CheckpointError {
            .malformed(file: file.path, key: key, reason: reason)
        }

        guard let length = file.integer(UInt64.self, at: 0) else {
            throw malformed(nil, "expected a safetensors header, found a file of \(file.count) bytes")
        }
        guard length <= longestHeader else {
            throw malformed(nil, "expected a safetensors header, found a header length of \(length) bytes")
        }
        let start = 8 + Int(length)
        guard start <= file.count else {
            throw malformed(nil, "truncated: the header ends at byte \(start), the file at \(file.count)")
        }

        guard case .object(let header) = try JSONFile.parse([UInt8](file.copy(8..<start)), name: file.path) else {
            throw malformed(nil, "expected an object as its header")
        }
        var tensors: [String: StoredTensor] = [:]
        tensors.reserveCapacity(header.count)
        var spans: [(range: Range<Int>, name: String)] = []
        for (name, value) in header where name != "__metadata__" {
            guard case .object(let entry) = value, case .text(let typeName)? = entry["dtype"],
                let shape = integers(entry["shape"]), let offsets = integers(entry["data_offsets"])
            else { throw malformed(name, "expected dtype, shape and data_offsets, found \(value)") }
            guard let type = ElementType(rawValue: typeName) else {
                throw malformed(name, "unknown element type \(typeName)")
            }
            guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1] else {
                throw malformed(name, "expected data_offsets [begin, end], found \(offsets)")
            }
            let (begin, end) = (offsets[0], offsets[1])
            guard end <= file.count - start else {
                throw malformed(name, "truncated: its data ends \(end - (file.count - start)) bytes after the file")
            }
            guard let bytes = StoredTensor.count(of: shape + [type.width]), bytes == end - begin else {
                throw malformed(name, "shape \(shape) of \(type.rawValue) does not fill \(end - begin) bytes")
            }
            spans.append((begin..<end, name))
            tensors[name] = StoredTensor(
                file: file, type: type, shape: shape, strides: StoredTensor.rowMajorStrides(shape),
                offset: start + begin)
        }

        // Sorted, the spans have to follow one another from the header to the end of the file.
        spans.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = 0
        for (range, name) in spans {
            guard range.lowerBound == end else {
                throw malformed(name, "its data begins at \(range.lowerBound), expected \(end): an overlap or a gap")
            }
            end = range.upperBound
        }
        guard start + end == file.count else {
            throw malformed(nil, "expected a file of \(start + end) bytes, found \(file.count)")
        }
        return tensors
    }

    private static func integers(_ value: JSONValue?) -> [Int]? {
        guard case .list(let elements)? = value else { return nil }
        var integers: [Int] = []
        for element in elements {
            guard case .integer(let integer) = element else { return nil }
            integers.append(integer)
        }
        return integers
    }
}
