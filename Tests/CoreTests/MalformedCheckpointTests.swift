import Foundation
import TestSupport
import Testing

@testable import Core

@Suite struct MalformedCheckpointTests {
    /// Writes a safetensors file with this header and so many bytes of data, and opens it.
    private func open(_ header: String, dataBytes: Int, headerLength: UInt64? = nil) throws {
        let length = headerLength ?? UInt64(header.utf8.count)
        var bytes = Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
        bytes += Data(header.utf8) + Data(count: dataBytes)
        try open(bytes, extension: "safetensors")
    }

    /// Opens a file of these bytes and reads every tensor that it claims to hold.
    private func open(_ bytes: Data, extension: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "weights.\(`extension`)")
            try bytes.write(to: url)
            let weights = try WeightFile(file: url).root
            for name in weights.names { _ = try? weights.tensor(named: name).elements }
        }
    }

    @Test(arguments: [
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, 8),
        (#"{"__metadata__": {"x": "y"}, "a": {"dtype": "F16", "shape": [], "data_offsets": [0, 2]}}"#, 2),
        (#"{}"#, 0),
    ])
    func wellFormedHeadersAreRead(header: String, dataBytes: Int) throws {
        try open(header, dataBytes: dataBytes)
    }

    @Test(arguments: [
        // Its data is cut off, does not fill its shape, leaves a gap or a tail.
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, 7, "a: truncated"),
        (#"{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}"#, 8, "a: shape [3] of F32"),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}"#, 12, "a: its data begins at 4"),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, 9, "expected a file of"),
        // Two tensors share bytes.
        (
            #"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}"#,
            12, "b: its data begins at 4"
        ),
        // Numbers that overflow or run backwards.
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}"#, 8, "a: expected data_offsets"),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}"#, 8, "a: expected data_offsets"),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8, 9]}}"#, 8, "a: expected data_offsets"),
        (#"{"a": {"dtype": "F32", "shape": [-2, -1], "data_offsets": [0, 8]}}"#, 8, "a: shape [-2, -1]"),
        (#"{"a": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 0]}}"#, 0, "a: shape"),
        (#"{"a": {"dtype": "F32", "shape": [1e30], "data_offsets": [0, 0]}}"#, 0, "a: expected dtype, shape"),
        (#"{"a": {"dtype": "F32", "shape": [99999999999999999999], "data_offsets": [0, 0]}}"#, 0, "a: expected dtype"),
        // Not what a header holds.
        (#"{"a": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}"#, 2, "a: unknown element type F8_E4M3"),
        (#"{"a": {"shape": [2], "data_offsets": [0, 2]}}"#, 2, "a: expected dtype, shape and data_offsets, found {"),
        (#"{"a": {"dtype": "F32", "shape": "2", "data_offsets": [0, 8]}}"#, 8, "a: expected dtype, shape"),
        (#"{"a": 3}"#, 0, "a: expected dtype, shape and data_offsets, found 3"),
        (#"[]"#, 0, "expected an object as its header"),
        (#"{"a": "#, 0, "not valid JSON: line 1: expected a value, found the end of the file"),
        (
            #"{"a": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}, "a": {}}"#, 0,
            "not valid JSON: line 1: the key a is there twice"
        ),
    ])
    func brokenHeadersAreExplained(header: String, dataBytes: Int, message: String) throws {
        let error = try #require(throws: CheckpointError.self) { try open(header, dataBytes: dataBytes) }
        #expect("\(error)".contains(message), "\(error)")
        #expect(!"\(error)".contains("\n"))
    }

    @Test(arguments: [3, 1 << 40, UInt64.max])
    func headersThatDoNotFitAreExplained(length: UInt64) throws {
        #expect(throws: CheckpointError.self) { try open("{}", dataBytes: 0, headerLength: length) }
    }

    @Test func notAFileAtAll() {
        #expect(throws: CheckpointError.self) { try WeightFile(file: URL(filePath: "/nowhere.safetensors")) }
        #expect(throws: CheckpointError.self) { try WeightFile(file: URL(filePath: "/tmp")) }
        #expect(throws: CheckpointError.self) { try open(Data(), extension: "safetensors") }
        #expect(throws: CheckpointError.self) { try open(Data("not a zip".utf8), extension: "bin") }
    }

    @Test(arguments: ["types.safetensors", "pytorch_model.bin", "nested.ckpt"])
    func truncatedFilesAreErrors(file: String) throws {
        let bytes = try Data(contentsOf: Fixture.url("checkpoint/\(file)"))
        for length in stride(from: 0, to: bytes.count, by: 37) {
            #expect(throws: CheckpointError.self, "\(length) of \(bytes.count) bytes") {
                try open(bytes.prefix(length), extension: URL(filePath: file).pathExtension)
            }
        }
    }

    /// A flipped bit may go unnoticed (it can lie in a number of a tensor), but it must never end the program.
    @Test(arguments: ["types.safetensors", "pytorch_model.bin", "nested.ckpt", "executing.bin"])
    func flippedBytesNeverTrap(file: String) throws {
        let bytes = try Data(contentsOf: Fixture.url("checkpoint/\(file)"))
        var state: UInt64 = 1
        func random(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<150 {
            var broken = bytes
            for _ in 0...random(below: 4) { broken[random(below: bytes.count)] = UInt8(random(below: 256)) }
            do {
                try open(broken, extension: URL(filePath: file).pathExtension)
            } catch let error as CheckpointError {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test func everyHalfIsConvertedExactly() {
        let wrong = (0...UInt16.max).filter { bits in
            let (converted, expected) = (ElementType.float(half: bits), Float(Float16(bitPattern: bits)))
            return converted.isNaN ? !expected.isNaN : converted.bitPattern != expected.bitPattern
        }
        #expect(wrong.isEmpty)
    }

    /// The same for many at once, from any address on.
    @Test(arguments: InstructionSet.available) func manyHalvesAreConvertedExactly(set: InstructionSet) {
        let halves = [UInt16](0...UInt16.max)
        for (skipped, count) in [(0, halves.count), (1, halves.count - 1), (3, 17), (31_740, 33), (5, 1), (0, 0)] {
            // At an odd address.
            let bytes: [UInt8] = [0] + halves[skipped..<skipped + count].flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
            var found = [Float](repeating: -1, count: count + 1)
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe set.kernels.pointee.widen_halves(bytes.baseAddress! + 1, &found, Int64(count))
            }
            let expected = halves[skipped..<skipped + count].map(ElementType.float(half:)) + [-1]
            let wrong = zip(found, expected).enumerated().filter { $1.0.bitPattern != $1.1.bitPattern }.prefix(3)
            #expect(wrong.isEmpty, "\(count) from \(skipped)")
        }
    }
}
