internal import Foundation

/// Reads a file of `torch.save` (torch 1.6 and later): a zip with a pickle, `data.pkl`, and one record of elements per storage.
enum TorchFile {
    /// In bytes.
    private static let longestPickle = 25_000_000

    /// - Returns: the tensors of the pickled dictionary by name; if it has a dictionary under `state_dict`, as a training checkpoint does,
    ///   that one's. All of them lie within their records.
    static func open(_ url: URL) throws(CheckpointError) -> [String: StoredTensor] {
        let file = try MappedFile(url)
        let archive = try ZipArchive(file)
        func malformed(_ key: String?, _ reason: String) -> CheckpointError {
            .malformed(file: file.path, key: key, reason: reason)
        }

        guard let (name, range) = archive.entries.first(where: { $0.key.hasSuffix("/data.pkl") }) else {
            throw malformed(nil, "expected a torch file, found a zip without data.pkl")
        }
        let folder = name.dropLast("data.pkl".count)
        if let order = archive.entries[folder + "byteorder"], file.copy(order) != Data("little".utf8) {
            throw malformed("byteorder", "expected little-endian elements")
        }

        guard range.count <= longestPickle else {
            throw malformed("data.pkl", "it has \(range.count) bytes, more than any network needs")
        }
        var pickle = Pickle([UInt8](file.copy(range)), fileName: file.path)
        guard case .dictionary(var index) = try pickle.run() else {
            throw malformed(nil, "expected a dictionary of tensors, found another object")
        }
        for case (.text("state_dict"), .dictionary(let inner)) in pickle.dictionaries[index] { index = inner }

        var tensors: [String: StoredTensor] = [:]
        for case (.text(let key), .tensor(let number)) in pickle.dictionaries[index] {
            let tensor = pickle.tensors[number]
            guard let record = archive.entries["\(folder)data/\(tensor.storage.key)"] else {
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
    /// Whether the first and the last element, and with them all others, lie in a record of so many bytes.
    fileprivate func lies(within bytes: Int) -> Bool {
        let available = bytes / storage.type.width
        guard 0...available ~= storage.count, 0...available ~= offset, shape.count == strides.count,
            strides.allSatisfy({ $0 >= 0 }), let count = StoredTensor.count(of: shape)
        else { return false }
        // More elements than the record has would take memory without bounds: axes along which nothing changes.
        guard count > 0 else { return true }
        guard count <= available else { return false }
        var last = offset
        for (dimension, stride) in zip(shape, strides) {
            let (step, overflow) = (dimension - 1).multipliedReportingOverflow(by: stride)
            guard !overflow, step < available, last + step < available else { return false }
            last += step
        }
        return last < available
    }
}
