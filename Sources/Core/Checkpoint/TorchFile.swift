internal import Foundation

/// Reads a file of `torch.save`. Since torch 1.6 that is a zip with a pickle, `data.pkl`, and one record of elements per storage; before,
/// a row of pickles and then the storages, one after the other.
enum TorchFile {
    /// In bytes.
    private static let longestPickle = 25_000_000

    /// - Returns: the tensors of the pickled dictionary by name; if it has a dictionary under `state_dict` or `model`, as a training
    ///   checkpoint does, that one's. All of them lie within their records.
    static func open(_ url: URL) throws(CheckpointError) -> [String: StoredTensor] {
        let file = try MappedFile(url)
        return file.count >= magic.count && Array(file.copy(0..<magic.count)) == magic
            ? try openRow(file) : try openArchive(file)
    }

    // MARK: - Since torch 1.6

    private static func openArchive(_ file: MappedFile) throws(CheckpointError) -> [String: StoredTensor] {
        let archive = try ZipArchive(file)
        guard let (name, range) = archive.entries.first(where: { $0.key.hasSuffix("/data.pkl") }) else {
            throw .malformed(file: file.path, key: nil, reason: "expected a torch file, found a zip without data.pkl")
        }
        let folder = name.dropLast("data.pkl".count)
        if let order = archive.entries[folder + "byteorder"], file.copy(order) != Data("little".utf8) {
            throw .malformed(file: file.path, key: "byteorder", reason: "expected little-endian elements")
        }
        guard range.count <= longestPickle else {
            throw .malformed(
                file: file.path, key: "data.pkl", reason: "it has \(range.count) bytes, more than any network needs")
        }
        var pickle = Pickle([UInt8](file.copy(range)), fileName: file.path)
        let object = try pickle.run()
        return try tensors(of: object, pickle, file) { archive.entries["\(folder)data/\($0)"] }
    }

    // MARK: - Before torch 1.6

    /// The pickle of the number by which such a file is known.
    private static let magic: [UInt8] = [
        0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, UInt8(ascii: "."),
    ]
    /// The bytes in which the pickles have to end: they name tensors, and hold none.
    private static let longestPickles = 16 << 20

    private static func openRow(_ file: MappedFile) throws(CheckpointError) -> [String: StoredTensor] {
        func malformed(_ reason: String) -> CheckpointError { .malformed(file: file.path, key: nil, reason: reason) }
        let bytes = [UInt8](file.copy(0..<min(file.count, longestPickles)))
        var position = magic.count
        func next() throws(CheckpointError) -> (pickle: Pickle, object: PickleValue) {
            var pickle = Pickle(bytes, fileName: file.path, from: position)
            let object = try pickle.run()
            position = pickle.position
            return (pickle, object)
        }
        // 1. The version of the format, and what machine wrote it.
        guard case .integer(1001) = try next().object else {
            throw malformed("expected version 1001 of torch's format")
        }
        let machine = try next()
        guard case .dictionary(let facts) = machine.object,
            machine.pickle.dictionaries[facts].contains(where: {
                if case (.text("little_endian"), .boolean(true)) = $0 { true } else { false }
            })
        else { throw malformed("expected little-endian elements") }
        // 2. The object, and the keys of its storages in their order.
        let main = try next()
        let keys = try next()
        guard case .list(let order) = keys.object else { throw malformed("expected a list of its storages") }
        var widths: [String: (count: Int, width: Int)] = [:]
        for tensor in main.pickle.tensors {
            widths[tensor.storage.key] = (tensor.storage.count, tensor.storage.type.width)
        }
        // 3. The storages: the number of elements, and the elements.
        var records: [String: Range<Int>] = [:]
        for key in keys.pickle.lists[order] {
            guard case .text(let name) = key, let (count, width) = widths[name] else {
                throw malformed("it holds a storage that no tensor has")
            }
            guard let stored = file.integer(Int64.self, at: position), Int(stored) == count, count >= 0,
                count <= (file.count - position - 8) / width
            else { throw malformed("truncated: storage \(name) of \(count) elements is not there") }
            records[name] = position + 8..<position + 8 + count * width
            position += 8 + count * width
        }
        return try tensors(of: main.object, main.pickle, file) { records[$0] }
    }

    // MARK: - Both

    /// The tensors of a pickled dictionary, whose storages lie in records by their keys.
    private static func tensors(
        of object: PickleValue, _ pickle: Pickle, _ file: MappedFile, _ record: (String) -> Range<Int>?
    ) throws(CheckpointError) -> [String: StoredTensor] {
        func malformed(_ key: String?, _ reason: String) -> CheckpointError {
            .malformed(file: file.path, key: key, reason: reason)
        }
        if case .opaque(let name) = object { throw .forbiddenGlobal(file: file.path, name: name) }
        guard case .dictionary(var index) = object else {
            throw malformed(nil, "expected a dictionary of tensors, found another object")
        }
        for case (.text("state_dict"), .dictionary(let inner)) in pickle.dictionaries[index] { index = inner }
        for case (.text("model"), .dictionary(let inner)) in pickle.dictionaries[index] { index = inner }

        var tensors: [String: StoredTensor] = [:]
        for (key, value) in pickle.dictionaries[index] {
            // Beside the weights of a training checkpoint anything may stand; among them nothing that would have to be made.
            if case .opaque(let name) = value { throw .forbiddenGlobal(file: file.path, name: name) }
            guard case (.text(let key), .tensor(let number)) = (key, value) else { continue }
            let tensor = pickle.tensors[number]
            guard let record = record(tensor.storage.key) else {
                throw malformed(key, "its record data/\(tensor.storage.key) is missing")
            }
            guard tensor.lies(within: record.count) else {
                throw malformed(
                    key, "shape \(tensor.shape) with strides \(tensor.strides) does not lie within its record")
            }
            tensors[key] = StoredTensor(
                file: file, type: tensor.storage.type, shape: tensor.shape, strides: tensor.strides,
                offset: record.lowerBound + tensor.offset * tensor.storage.type.width)
        }
        return tensors
    }
}

extension PickleTensor {
    /// The elements that a tensor may have which are fewer in the file.
    private static let mostExpanded = 1 << 20

    /// Whether the first and the last element, and with them all others, lie in a record of so many bytes.
    fileprivate func lies(within bytes: Int) -> Bool {
        let available = bytes / storage.type.width
        guard 0...available ~= storage.count, 0...available ~= offset, shape.count == strides.count,
            strides.allSatisfy({ $0 >= 0 }), let count = StoredTensor.count(of: shape)
        else { return false }
        // Axes along which nothing changes give more elements than the record has; many more would take memory without bounds.
        guard count > 0 else { return true }
        guard count <= max(available, Self.mostExpanded) else { return false }
        var last = offset
        for (dimension, stride) in zip(shape, strides) {
            let (step, overflow) = (dimension - 1).multipliedReportingOverflow(by: stride)
            guard !overflow, step < available, last + step < available else { return false }
            last += step
        }
        return last < available
    }
}
