/// A path prefix over one opened set of weights: `weights["mid_block"]["resnets"][0].tensor("conv1.bias", 64)`. What is
/// read through any scope is recorded, so that ``WeightFile/requireFullyRead()`` can name what is left.
public struct WeightScope: Sendable {
    let weights: WeightFile
    /// The prefix, its parts joined by dots, without a dot at the end; empty at the root.
    public let path: String

    /// The scope one name further down: `weights["encoder"]` holds the tensors whose names begin with `encoder.`.
    public subscript(_ name: String) -> WeightScope { WeightScope(weights: weights, path: key(name)) }
    /// The scope of a numbered part, such as the first layer of a list: `weights["layers"][0]`.
    public subscript(_ index: Int) -> WeightScope { self[String(index)] }

    /// The tensor under this scope, of exactly this shape, row-major.
    ///
    /// F32 elements are a view of the mapped file, which lives as long as the tensor; F16, BF16 and F64 are converted
    /// to a copy.
    /// - Throws: `missing`, `misshapen` or `wrongElementType`, naming the file and the key.
    public func tensor(_ name: String, _ shape: Int...) throws(CheckpointError) -> Tensor {
        try tensor(name, shape: shape)
    }

    /// The tensor under this scope, of a shape that is given as one array; otherwise as `tensor(_:_:)`.
    /// - Throws: `missing`, `misshapen` or `wrongElementType`, naming the file and the key.
    public func tensor(_ name: String, shape: [Int]) throws(CheckpointError) -> Tensor {
        try weights.read(key(name), shape: shape)
    }

    /// The tensor under this scope, of whose rows few are needed.
    /// - Throws: `missing`, `misshapen` or `wrongElementType`, naming the file and the key.
    func table(_ name: String, _ shape: Int...) throws(CheckpointError) -> StoredTensor {
        try weights.table(key(name), shape: shape)
    }

    /// The elements of a tensor of 8-bit integers under this scope, row-major.
    /// - Throws: `missing`, `misshapen` or `configuration` for another element type, naming the file and the key.
    func bytes(_ name: String, _ shape: Int...) throws(CheckpointError) -> [Int8] {
        try weights.bytes(key(name), shape: shape)
    }

    /// Whether there is a tensor of this name. Asking does not count as reading.
    public func contains(_ name: String) -> Bool { shape(of: name) != nil }

    /// The stored shape of a tensor, nil if there is none. Asking does not count as reading.
    public func shape(of name: String) -> [Int]? { weights.tensors[key(name)]?.shape }

    /// The names below this scope, relative to it, sorted.
    public var names: [String] {
        guard !path.isEmpty else { return weights.tensors.keys.sorted() }
        return weights.tensors.keys.filter { $0.hasPrefix("\(path).") }.map { String($0.dropFirst(path.count + 1)) }
            .sorted()
    }

    /// Counts a tensor as read that the network does not use, such as the integer buffer `position_ids`. It need not be there.
    public func skip(_ name: String) { weights.markRead(key(name)) }

    private func key(_ name: String) -> String {
        path.isEmpty ? name : name.isEmpty ? path : "\(path).\(name)"
    }
}
