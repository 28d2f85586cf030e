/// One network of an original checkpoint, in diffusers' words: what its `config.json` would say, and its tensors by the names that they
/// would have there.
struct OriginalPart: Sendable {
    let configuration: JSONValue
    let tensors: [String: StoredTensor]
    /// How many tensors of the file it is made of: some are cut into several.
    let sources: Int

    init(configuration: JSONValue, _ tensors: OriginalTensors) {
        self.configuration = configuration
        self.tensors = tensors.renamed
        sources = tensors.used.count
    }
}

/// Tensors of an original checkpoint below some prefix, of which some are given new names.
struct OriginalTensors {
    /// The file in errors.
    let path: String
    /// In front of each name in the file.
    let prefix: String
    private let tensors: [String: StoredTensor]
    /// What has been renamed.
    private(set) var renamed: [String: StoredTensor] = [:]
    /// The names of what has been renamed.
    private(set) var used: Set<String> = []
    private var left: Set<String>

    init(path: String, prefix: String, of all: [String: StoredTensor]) {
        self.init(
            path: path, prefix: prefix,
            tensors: Dictionary(
                uniqueKeysWithValues: all.filter { $0.key.hasPrefix(prefix) }
                    .map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    }

    /// - Parameter tensors: by their names after the prefix.
    init(path: String, prefix: String, tensors: [String: StoredTensor]) {
        self.path = path
        self.prefix = prefix
        self.tensors = tensors
        left = Set(tensors.keys)
    }

    var isEmpty: Bool { tensors.isEmpty }

    func has(_ name: String) -> Bool { tensors[name] != nil }

    /// How many of `name.0`, `name.1`, ... there are.
    func count(_ name: (Int) -> String) -> Int {
        (0...).first { number in !tensors.keys.contains { $0.hasPrefix("\(name(number)).") } } ?? 0
    }

    /// The size of a tensor along one of as many axes as it has to have.
    func size(_ name: String, axis: Int, of axes: ClosedRange<Int>) throws(CheckpointError) -> Int {
        guard let shape = tensors[name]?.shape else { throw lacking(name) }
        guard axes.contains(shape.count), axis < shape.count, shape.allSatisfy({ $0 > 0 }) else {
            throw .notAModel(
                path: path,
                reason: "its tensor \(prefix)\(name) has the shape \(shape), expected \(axes.upperBound) sizes above 0")
        }
        return shape[axis]
    }

    func lacking(_ name: String) -> CheckpointError {
        .notAModel(
            path: path, reason: "it has no tensor \(prefix)\(name), which AudioLDM's original checkpoints have")
    }

    /// Gives the tensors below one name another name.
    /// - Parameters:
    ///   - old: the name in the file, without the dot at its end.
    ///   - new: the name in diffusers' layout.
    ///   - words: what stands below the name in the file, and what in its place.
    mutating func rename(_ old: String, to new: String, _ words: KeyValuePairs<String, String> = [:]) {
        for name in left where name.hasPrefix("\(old).") {
            var rest = String(name.dropFirst(old.count + 1))
            for (word, other) in words where rest.hasPrefix("\(word).") {
                rest = other + rest.dropFirst(word.count)
                break
            }
            take(name, as: "\(new).\(rest)", \.self)
        }
    }

    /// Takes one tensor, as a view of another shape perhaps.
    mutating func take(_ name: String, as new: String, _ view: (StoredTensor) -> StoredTensor) {
        guard let tensor = tensors[name] else { return }
        renamed[new] = view(tensor)
        used.insert(name)
        left.remove(name)
    }

    /// Passes over tensors that no network uses.
    mutating func passOver(where isUnused: (String) -> Bool) { left = left.filter { !isUnused($0) } }

    /// - Throws: `unread` for tensors that stand for something that diffusers' layout has no name for.
    func requireNothingLeft(below words: String...) throws(CheckpointError) {
        let names = left.filter { name in words.isEmpty || words.contains { name.hasPrefix("\($0).") } }
        if !names.isEmpty { throw .unread(file: path, keys: names.sorted().map { prefix + $0 }) }
    }
}

extension StoredTensor {
    /// The same elements without the axes of size 1 after the first two: a 1x1 convolution as a matrix.
    var asMatrix: StoredTensor {
        guard shape.count > 2, shape[2...].allSatisfy({ $0 == 1 }) else { return self }
        return StoredTensor(
            file: file, type: type, shape: Array(shape[..<2]), strides: Array(strides[..<2]), offset: offset)
    }

    /// One of as many equal parts along the first axis.
    func part(_ index: Int, of count: Int) -> StoredTensor {
        let rows = shape[0] / count
        return StoredTensor(
            file: file, type: type, shape: [rows] + shape.dropFirst(), strides: strides,
            offset: offset + index * rows * strides[0] * type.width)
    }
}

extension JSONValue {
    static func sizes(_ numbers: [Int]) -> JSONValue { .list(numbers.map(JSONValue.integer)) }
    static func words(_ words: [String]) -> JSONValue { .list(words.map(JSONValue.text)) }
}
