/// Float numbers in row-major order with a shape: a value, copied when it is written to while shared.
///
/// Feature maps are channels-last: images [B, H, W, C] (H = time, W = frequency), sequences [B, T, C].
public struct Tensor: Sendable {
    /// The number of elements along each axis, the last axis being the one whose elements lie next to each other.
    public let shape: [Int]
    private var storage: TensorStorage

    /// The number of elements: the product of the shape.
    public var count: Int { storage.count }

    /// A tensor of given elements, in row-major order; there must be as many as `shape` says.
    public init(_ elements: [Float], shape: [Int]) {
        precondition(elements.count == shape.reduce(1, *), "\(elements.count) elements do not fill the shape \(shape)")
        unsafe self.init(uninitialized: shape) { target in
            _ = unsafe target.initialize(fromContentsOf: elements)
        }
    }

    /// A tensor of zeros.
    public static func zeros(_ shape: [Int]) -> Tensor {
        Tensor(repeating: 0, shape: shape)
    }

    /// A tensor whose elements are all the same number.
    public init(repeating element: Float, shape: [Int]) {
        unsafe self.init(uninitialized: shape) { unsafe $0.initialize(repeating: element) }
    }

    /// A tensor that `fill` writes: it gets uninitialised memory and must set every element.
    init(uninitialized shape: [Int], _ fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
        self.shape = shape
        storage = TensorStorage(count: shape.reduce(1, *))
        try unsafe fill(UnsafeMutableBufferPointer(start: storage.base, count: storage.count))
    }

    /// A view of memory that lives as long as `owner`, such as a mapped file: nothing is copied until it is written to.
    init(mapped elements: UnsafeBufferPointer<Float>, keeping owner: AnyObject, shape: [Int]) {
        precondition(elements.count == shape.reduce(1, *), "\(elements.count) elements do not fill the shape \(shape)")
        self.shape = shape
        storage = unsafe TensorStorage(viewing: elements, keeping: owner)
    }

    private init(shape: [Int], storage: TensorStorage) {
        self.shape = shape
        self.storage = storage
    }

    /// The same elements in another shape of the same count; the memory is shared.
    public func reshaped(_ shape: [Int]) -> Tensor {
        precondition(shape.reduce(1, *) == count, "\(self.shape) cannot be reshaped to \(shape)")
        return Tensor(shape: shape, storage: storage)
    }

    /// A copy of all elements in row-major order.
    public var elements: [Float] {
        unsafe withUnsafeElements { unsafe Array($0) }
    }

    /// Lends the elements, in row-major order, to `body` without copying them.
    public func withSpan<R>(_ body: (Span<Float>) throws -> R) rethrows -> R {
        try unsafe withUnsafeElements { try unsafe body(Span(_unsafeElements: $0)) }
    }

    /// Lends the elements, in row-major order, to `body`, which may change them. They are copied before if another
    /// tensor shares them.
    public mutating func withMutableSpan<R>(_ body: (inout MutableSpan<Float>) throws -> R) rethrows -> R {
        try unsafe withUnsafeMutableElements { elements in
            var span = unsafe MutableSpan(_unsafeElements: elements)
            return try body(&span)
        }
    }

    func withUnsafeElements<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        defer { withExtendedLifetime(storage) {} }
        return try unsafe body(UnsafeBufferPointer(start: storage.base, count: storage.count))
    }

    mutating func withUnsafeMutableElements<R>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> R) rethrows -> R {
        if storage.isView || !isKnownUniquelyReferenced(&storage) {
            let copy = TensorStorage(count: storage.count)
            unsafe copy.base.initialize(from: storage.base, count: storage.count)
            storage = copy
        }
        defer { withExtendedLifetime(storage) {} }
        return try unsafe body(UnsafeMutableBufferPointer(start: storage.base, count: storage.count))
    }
}

extension Tensor {
    /// Gives the memory of released tensors, which is kept for the next ones, back to the system.
    public static func releaseUnusedMemory() {
        BlockPool.clear()
    }
}

extension Tensor: Equatable {
    /// Equal shapes and equal elements (by the rules of Float: NaN differs from itself).
    public static func == (a: Tensor, b: Tensor) -> Bool {
        unsafe a.shape == b.shape
            && a.withUnsafeElements { x in unsafe b.withUnsafeElements { y in unsafe x.elementsEqual(y) } }
    }
}

extension Tensor {
    /// Whether no element is NaN or infinite.
    var isFinite: Bool {
        // An exponent of all ones, and no other, carries into the sign. Without a way out of the loop, and without a check of the place, so
        // that it becomes vector code.
        unsafe withUnsafeElements { elements in
            var carried: UInt32 = 0
            for index in 0..<elements.count {
                carried |= unsafe (elements[index].bitPattern & 0x7F80_0000) &+ 0x0080_0000
            }
            return carried & 0x8000_0000 == 0
        }
    }
}
