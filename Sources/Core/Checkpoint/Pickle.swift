/// What a pickle can hold here. Tuples, lists, dictionaries and tensors are indices into the interpreter's tables: values are flat,
/// so a hostile nesting can neither overflow the stack nor form a cycle of references.
enum PickleValue: Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    case global(String)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(PickleStorage)
    case tensor(Int)
    /// Something of a class that tensors do not need, by the class's name. Nothing of it was made.
    case opaque(String)
}

/// A reference to a record of the archive that holds the elements of one or several tensors.
struct PickleStorage: Sendable {
    let type: ElementType
    let key: String
    /// In elements.
    let count: Int
}

/// A tensor as the pickle describes it, not yet held against its record.
struct PickleTensor: Sendable {
    let storage: PickleStorage
    /// In elements, like the strides.
    let offset: Int
    let shape: [Int]
    let strides: [Int]
}

/// Interprets the pickle of a torch file: the opcodes of protocol 2 that `torch.save` writes, and the few globals that tensors need
/// (docs.python.org/3/library/pickletools, torch/_utils.py). It calls nothing: each known global is a case of `reduce`, and what any other
/// one would have made, such as the callbacks in a checkpoint of Lightning's, is passed over.
struct Pickle {
    private(set) var tuples: [[PickleValue]] = []
    private(set) var lists: [[PickleValue]] = []
    private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    private(set) var tensors: [PickleTensor] = []

    private let bytes: [UInt8]
    private let fileName: String
    /// Where the next opcode is; after `run` that is the end of the pickle.
    private(set) var position: Int
    private var stack: [PickleValue] = []
    /// The heights of the stack where MARK was seen.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    /// - Parameters:
    ///   - fileName: the file in errors.
    ///   - position: where in the bytes the pickle begins.
    init(_ bytes: [UInt8], fileName: String, from position: Int = 0) {
        self.bytes = bytes
        self.fileName = fileName
        self.position = position
    }

    /// Runs the pickle to its STOP.
    /// - Returns: the pickled object; its parts are in the tables.
    mutating func run() throws(CheckpointError) -> PickleValue {
        while true {
            let opcode = try byte()
            switch opcode {
            case UInt8(ascii: "."): return try pop()
            case 0x80: try proto()
            case UInt8(ascii: "("): marks.append(stack.count)
            case UInt8(ascii: "0"): _ = try pop()
            case UInt8(ascii: "N"): stack.append(.none)
            case 0x88: stack.append(.boolean(true))
            case 0x89: stack.append(.boolean(false))
            case UInt8(ascii: "K"): stack.append(.integer(Int(try byte())))
            case UInt8(ascii: "M"): stack.append(.integer(Int(try integer(UInt16.self))))
            case UInt8(ascii: "J"): stack.append(.integer(Int(try integer(Int32.self))))
            case 0x8a: stack.append(try long())
            case UInt8(ascii: "G"): stack.append(.real(Double(bitPattern: try integer(UInt64.self).byteSwapped)))
            case UInt8(ascii: "X"): stack.append(.text(try text(Int(integer(UInt32.self)))))
            case UInt8(ascii: "U"): stack.append(.text(try text(Int(byte()))))
            case UInt8(ascii: "c"): stack.append(.global("\(try line()).\(try line())"))
            case UInt8(ascii: "}"): pushDictionary([])
            case UInt8(ascii: "]"): pushList([])
            case UInt8(ascii: ")"): pushTuple([])
            case 0x85...0x87: pushTuple(try pop(Int(opcode) - 0x84))
            case UInt8(ascii: "t"): pushTuple(try popToMark())
            case UInt8(ascii: "q"): memo[Int(try byte())] = try top()
            case UInt8(ascii: "r"): memo[Int(try integer(UInt32.self))] = try top()
            case UInt8(ascii: "h"): stack.append(try recall(Int(byte())))
            case UInt8(ascii: "j"): stack.append(try recall(Int(integer(UInt32.self))))
            case UInt8(ascii: "s"): try setItems(pop(2))
            case UInt8(ascii: "u"): try setItems(popToMark())
            case UInt8(ascii: "a"): try append(pop(1))
            case UInt8(ascii: "e"): try append(popToMark())
            case UInt8(ascii: "Q"): stack.append(.storage(try storage(pop())))
            case UInt8(ascii: "R"), 0x81:
                let arguments = try pop()
                stack.append(try reduce(pop(), arguments))
            case UInt8(ascii: "b"):
                // A state dictionary's attributes (its _metadata) say nothing about the tensors.
                _ = try pop()
                switch try top() {
                case .dictionary, .opaque: break
                default: throw malformed("it sets the state of something other than a dictionary or an object")
                }
            default:
                throw malformed(
                    "expected an opcode of torch.save, found 0x\(String(opcode, radix: 16)) at byte \(position - 1)")
            }
        }
    }

    // MARK: Globals

    private static let storages: [String: ElementType] = [
        "torch.DoubleStorage": .float64, "torch.FloatStorage": .float32, "torch.HalfStorage": .float16,
        "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
        "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8,
        "torch.BoolStorage": .boolean,
    ]

    private static let mostAxes = 32

    /// What a call of a known global would give.
    private mutating func reduce(_ callable: PickleValue, _ arguments: PickleValue) throws(CheckpointError)
        -> PickleValue
    {
        if case .opaque = callable { return callable }
        guard case .global(let name) = callable else { throw malformed("it calls something other than a global") }
        let arguments = try elements(arguments)
        switch name {
        case "collections.OrderedDict" where arguments.isEmpty:
            dictionaries.append([])
            return .dictionary(dictionaries.count - 1)
        case "torch._utils._rebuild_tensor_v2":
            guard arguments.count >= 4, case .storage(let storage) = arguments[0],
                case .integer(let offset) = arguments[1]
            else {
                throw malformed("it rebuilds a tensor from other things than a storage, an offset, a shape and strides")
            }
            // A long tuple that many tensors refer to would be copied for each.
            for case .tuple(let index) in arguments[2...3] where tuples[index].count > Self.mostAxes {
                throw malformed("a tensor has \(tuples[index].count) axes")
            }
            let shape = try integers(arguments[2])
            let strides = try integers(arguments[3])
            tensors.append(PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides))
            return .tensor(tensors.count - 1)
        case "torch._utils._rebuild_parameter":
            guard let parameter = arguments.first, case .tensor = parameter else {
                throw malformed("it rebuilds a parameter from something other than a tensor")
            }
            return parameter
        default:
            return .opaque(name)
        }
    }

    /// A persistent id: ('storage', its class, the record's key, the device, the number of elements). Before torch 1.6 a sixth field
    /// was None, unless the storage was a view of another.
    private func storage(_ identifier: PickleValue) throws(CheckpointError) -> PickleStorage {
        var fields = try elements(identifier)
        if fields.count == 6, case .none = fields[5] { fields.removeLast() }
        guard fields.count == 5, case .text("storage") = fields[0], case .global(let name) = fields[1],
            case .text(let key) = fields[2], case .integer(let count) = fields[4]
        else { throw malformed("expected a storage of 5 fields as persistent id") }
        guard let type = Self.storages[name] else { throw .forbiddenGlobal(file: fileName, name: name) }
        return PickleStorage(type: type, key: key, count: count)
    }

    // MARK: Containers

    private mutating func pushTuple(_ elements: [PickleValue]) {
        tuples.append(elements)
        stack.append(.tuple(tuples.count - 1))
    }

    private mutating func pushList(_ elements: [PickleValue]) {
        lists.append(elements)
        stack.append(.list(lists.count - 1))
    }

    private mutating func pushDictionary(_ items: [(key: PickleValue, value: PickleValue)]) {
        dictionaries.append(items)
        stack.append(.dictionary(dictionaries.count - 1))
    }

    private mutating func setItems(_ items: [PickleValue]) throws(CheckpointError) {
        if case .opaque = try top() { return }
        guard case .dictionary(let index) = try top(), items.count.isMultiple(of: 2) else {
            throw malformed("it sets items of something other than a dictionary")
        }
        for item in stride(from: 0, to: items.count, by: 2) {
            dictionaries[index].append((items[item], items[item + 1]))
        }
    }

    private mutating func append(_ items: [PickleValue]) throws(CheckpointError) {
        if case .opaque = try top() { return }
        guard case .list(let index) = try top() else { throw malformed("it appends to something other than a list") }
        lists[index] += items
    }

    private func elements(_ value: PickleValue) throws(CheckpointError) -> [PickleValue] {
        guard case .tuple(let index) = value else { throw malformed("expected a tuple") }
        return tuples[index]
    }

    private func integers(_ value: PickleValue) throws(CheckpointError) -> [Int] {
        try elements(value).map { (element) throws(CheckpointError) -> Int in
            guard case .integer(let number) = element else { throw malformed("expected a tuple of whole numbers") }
            return number
        }
    }

    // MARK: Stack and memo

    private func top() throws(CheckpointError) -> PickleValue {
        guard let value = stack.last, stack.count > marks.last ?? 0 else { throw malformed("its stack runs empty") }
        return value
    }

    private mutating func pop() throws(CheckpointError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
        guard stack.count - count >= marks.last ?? 0 else { throw malformed("its stack runs empty") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw malformed("it has no mark to pop to") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private func recall(_ key: Int) throws(CheckpointError) -> PickleValue {
        guard let value = memo[key] else { throw malformed("it recalls something that it never stored") }
        return value
    }

    // MARK: Bytes

    private mutating func byte() throws(CheckpointError) -> UInt8 {
        guard position < bytes.count else { throw malformed("the pickle is cut off") }
        defer { position += 1 }
        return bytes[position]
    }

    /// Little-endian.
    private mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(CheckpointError) -> T {
        var value: T = 0
        for index in 0..<T.bitWidth / 8 { value |= T(truncatingIfNeeded: try byte()) << (8 * index) }
        return value
    }

    /// LONG1: a length and so many bytes of a two's complement number. One that does not fit into 64 bits is nothing that tensors need.
    private mutating func long() throws(CheckpointError) -> PickleValue {
        let length = Int(try byte())
        guard length <= 8 else {
            for _ in 0..<length { _ = try byte() }
            return .opaque("int")
        }
        var value = 0
        for index in 0..<length { value |= Int(try byte()) << (8 * index) }
        let unused = 64 - 8 * length
        return .integer(length == 0 ? 0 : (value << unused) >> unused)
    }

    private mutating func text(_ length: Int) throws(CheckpointError) -> String {
        guard length <= bytes.count - position else { throw malformed("the pickle is cut off") }
        defer { position += length }
        return String(decoding: bytes[position..<position + length], as: UTF8.self)
    }

    private mutating func line() throws(CheckpointError) -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw malformed("the pickle is cut off")
        }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private mutating func proto() throws(CheckpointError) {
        let version = try byte()
        guard version == 2 else { throw malformed("expected pickle protocol 2, found \(version)") }
    }

    private func malformed(_ reason: String) -> CheckpointError {
        .malformed(file: fileName, key: "data.pkl", reason: reason)
    }
}
