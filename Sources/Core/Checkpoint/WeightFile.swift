public import Foundation
internal import Synchronization

/// The weights of one component: one file or a set of shards, memory-mapped, with a record of what was read.
public final class WeightFile: Sendable {
    /// The file in error messages: the weights file, or the index of a sharded set.
    public let path: String
    let tensors: [String: StoredTensor]
    private let unread: Mutex<Set<String>>
    /// Bytes read since the mapped pages were last given back.
    private let resident = Mutex(0)
    /// As many may be resident while a network is loading: its layers keep their own layout of the weights, and a whole file beside
    /// it would double the memory.
    private static let mostResident = 64 << 20

    /// Opens the weights of a component's folder in the layout of diffusers and transformers (`unet/`, `vae/`, ...).
    ///
    /// Safetensors are preferred to torch files, one file to shards, and a plain name to a variant such as
    /// `model.fp16.safetensors`, which is taken when it is the only one.
    /// - Throws: `noWeights`, `ambiguousWeights`, `unreadable`, `malformed` or `forbiddenGlobal`.
    public convenience init(folder: URL) throws(CheckpointError) {
        try self.init(file: WeightFolder(folder).preferredFile())
    }

    /// Opens one file: `.safetensors`, a torch zip (`.bin`, `.pt`, `.ckpt`) or the `.json` index of a sharded set
    /// beside its shards.
    /// - Throws: `unreadable`, `malformed` or `forbiddenGlobal`.
    public init(file: URL) throws(CheckpointError) {
        path = file.path(percentEncoded: false)
        tensors = try Self.open(file)
        unread = Mutex(Set(tensors.keys))
    }

    /// Some tensors of a file, under names of ours.
    init(path: String, tensors: [String: StoredTensor]) {
        self.path = path
        self.tensors = tensors
        unread = Mutex(Set(tensors.keys))
    }

    /// How many floating-point numbers the file holds.
    public var parameterCount: Int {
        tensors.values.reduce(0) { $0 + ($1.type.isFloatingPoint ? $1.shape.reduce(1, *) : 0) }
    }

    /// The scope of the whole file, from which tensors are read by their full names.
    public var root: WeightScope { WeightScope(weights: self, path: "") }

    /// Checks that every tensor of the file was either read or skipped, so that a forgotten part of a network is
    /// noticed.
    /// - Throws: `unread` with the names of the tensors that are left.
    public func requireFullyRead() throws(CheckpointError) {
        let left = unread.withLock { $0.sorted() }
        if !left.isEmpty { throw .unread(file: path, keys: left) }
    }

    /// Gives the mapped pages back to the system after loading. Views of the file stay valid: their pages are read again when touched.
    public func releasePages() {
        var released: Set<ObjectIdentifier> = []
        for tensor in tensors.values where released.insert(ObjectIdentifier(tensor.file)).inserted {
            tensor.file.releasePages()
        }
    }

    func read(_ key: String, shape: [Int]) throws(CheckpointError) -> Tensor {
        if tensors[key] == nil, let weight = try normalizedWeight(key, shape: shape) { return weight }
        let loaded = try storedNumbers(key, shape: shape).load()
        guard loaded.isFinite else { throw notFinite(key) }
        return loaded
    }

    /// A tensor of floating-point numbers whose rows are converted when they are asked for.
    func table(_ key: String, shape: [Int]) throws(CheckpointError) -> StoredTensor {
        let tensor = try storedNumbers(key, shape: shape)
        // In pieces that stay in the cache.
        let piece = 256
        for first in stride(from: 0, to: shape[0], by: piece) {
            guard tensor.rows(first..<min(first + piece, shape[0])).load().isFinite else { throw notFinite(key) }
        }
        return tensor
    }

    private func notFinite(_ key: String) -> CheckpointError {
        .malformed(file: path, key: key, reason: "holds a value that is not a number, or an infinite one")
    }

    /// A tensor of floating-point numbers, which is about to be read.
    private func storedNumbers(_ key: String, shape: [Int]) throws(CheckpointError) -> StoredTensor {
        let tensor = try stored(key, shape: shape)
        guard tensor.type.isFloatingPoint else {
            throw .wrongElementType(file: path, key: key, found: tensor.type.rawValue)
        }
        markRead(key)
        let isFull = resident.withLock { resident in
            resident += shape.reduce(tensor.type.width, *)
            guard resident > Self.mostResident else { return false }
            resident = 0
            return true
        }
        if isFull { releasePages() }
        return tensor
    }

    /// The elements of a tensor of 8-bit integers, row-major.
    func bytes(_ key: String, shape: [Int]) throws(CheckpointError) -> [Int8] {
        let tensor = try stored(key, shape: shape)
        guard tensor.type == .int8, tensor.isContiguous else {
            throw .configuration(
                file: path, key: key, expected: "\(ElementType.int8.rawValue) elements, row by row",
                found: tensor.type.rawValue)
        }
        markRead(key)
        let count = shape.reduce(1, *)
        return unsafe tensor.file.copy(tensor.offset..<tensor.offset + count).withUnsafeBytes {
            unsafe Array($0.bindMemory(to: Int8.self))
        }
    }

    private func stored(_ key: String, shape: [Int]) throws(CheckpointError) -> StoredTensor {
        guard let tensor = tensors[key] else { throw .missing(file: path, key: key, expected: shape) }
        guard tensor.shape == shape else {
            throw .misshapen(file: path, key: key, expected: shape, found: tensor.shape)
        }
        return tensor
    }

    func markRead(_ key: String) {
        unread.withLock { _ = $0.remove(key) }
    }

    static func open(_ file: URL) throws(CheckpointError) -> [String: StoredTensor] {
        switch file.pathExtension {
        case "safetensors": try SafetensorsFile.open(file)
        case "json": try openShards(file)
        default: try TorchFile.open(file)
        }
    }

    /// The part of `*.index.json` that says which shard holds each tensor.
    private struct ShardIndex: Decodable {
        let weightMap: [String: String]

        enum CodingKeys: String, CodingKey {
            case weightMap = "weight_map"
        }
    }

    private static func openShards(_ index: URL) throws(CheckpointError) -> [String: StoredTensor] {
        let name = index.path(percentEncoded: false)
        let map = try JSONFile.load(ShardIndex.self, from: index).weightMap
        let folder = index.deletingLastPathComponent()
        var tensors: [String: StoredTensor] = [:]
        for shard in Set(map.values).sorted() {
            guard !shard.contains("/"), !shard.hasSuffix(".json") else {
                throw .malformed(file: name, key: nil, reason: "expected the name of a file beside it, found \(shard)")
            }
            for (key, tensor) in try open(folder.appending(path: shard)) {
                guard tensors.updateValue(tensor, forKey: key) == nil else {
                    throw .malformed(file: name, key: key, reason: "two shards hold this tensor")
                }
            }
        }
        if let (key, shard) = map.sorted(by: { $0.key < $1.key }).first(where: { tensors[$0.key] == nil }) {
            throw .malformed(file: name, key: key, reason: "is not in \(shard), where the index says it is")
        }
        return tensors
    }
}
