internal import Foundation

/// Reads the header of a safetensors file: eight bytes of length, that much JSON, then the tensors' bytes without a gap or an overlap
/// (github.com/huggingface/safetensors, "Format").
enum SafetensorsFile {
    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    /// One value of the header: the tensors' entries and, under its own name, the file's free metadata.
    private struct Header: Decodable {
        var tensors: [String: Entry] = [:]

        private struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Name.self)
            for name in values.allKeys where name.stringValue != "__metadata__" {
                tensors[name.stringValue] = try values.decode(Entry.self, forKey: name)
            }
        }
    }

    /// The format's own limit on the header, in bytes.
    private static let longestHeader = 100_000_000

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

        let header: Header = try JSONFile.decode(file.copy(8..<start), name: "\(file.path) (header)")
        var tensors: [String: StoredTensor] = [:]
        tensors.reserveCapacity(header.tensors.count)
        var spans: [(range: Range<Int>, name: String)] = []
        for (name, entry) in header.tensors {
            guard let type = ElementType(rawValue: entry.dtype) else {
                throw malformed(name, "unknown element type \(entry.dtype)")
            }
            guard entry.dataOffsets.count == 2, 0 <= entry.dataOffsets[0], entry.dataOffsets[0] <= entry.dataOffsets[1]
            else { throw malformed(name, "expected data_offsets [begin, end], found \(entry.dataOffsets)") }
            let (begin, end) = (entry.dataOffsets[0], entry.dataOffsets[1])
            guard end <= file.count - start else {
                throw malformed(name, "truncated: its data ends \(end - (file.count - start)) bytes after the file")
            }
            guard let bytes = StoredTensor.count(of: entry.shape + [type.width]), bytes == end - begin else {
                throw malformed(name, "shape \(entry.shape) of \(type.rawValue) does not fill \(end - begin) bytes")
            }
            spans.append((begin..<end, name))
            tensors[name] = StoredTensor(
                file: file, type: type, shape: entry.shape, strides: StoredTensor.rowMajorStrides(entry.shape),
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
}
