extension Tensor {
    /// Elements in one task of elementwise work.
    static let elementsPerTask = 1 << 15

    /// A tensor of the same shape whose elements are `body` of this one's, one after the other.
    public func mapped(_ body: (Float) -> Float) -> Tensor {
        unsafe Tensor(uninitialized: shape) { target in
            unsafe withUnsafeElements { source in
                for i in source.indices { unsafe target[i] = body(source[i]) }
            }
        }
    }

    /// `body` on every pair of elements of two tensors of one shape.
    @inline(__always)
    func combined(with other: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
        precondition(shape == other.shape, "shapes \(shape) and \(other.shape) differ")
        return unsafe Tensor(uninitialized: shape) { target in
            unsafe withUnsafeElements { x in
                unsafe other.withUnsafeElements { y in
                    Parallel.run(target.count, by: Self.elementsPerTask) { run in
                        for i in run { unsafe target[i] = body(x[i], y[i]) }
                    }
                }
            }
        }
    }

    /// In place: `body` on every pair of elements of two tensors of one shape.
    @inline(__always)
    mutating func combine(with other: Tensor, _ body: (Float, Float) -> Float) {
        precondition(shape == other.shape, "shapes \(shape) and \(other.shape) differ")
        unsafe withUnsafeMutableElements { target in
            unsafe other.withUnsafeElements { y in
                Parallel.run(target.count, by: Self.elementsPerTask) { run in
                    for i in run { unsafe target[i] = body(target[i], y[i]) }
                }
            }
        }
    }

    /// In place: `body` on every element.
    @inline(__always)
    mutating func apply(_ body: (Float) -> Float) {
        unsafe withUnsafeMutableElements { target in
            Parallel.run(target.count, by: Self.elementsPerTask) { run in
                for i in run { unsafe target[i] = body(target[i]) }
            }
        }
    }

    /// The sum of two tensors of one shape, element by element.
    public static func + (a: Tensor, b: Tensor) -> Tensor { a.combined(with: b) { $0 + $1 } }
    /// The difference of two tensors of one shape, element by element.
    public static func - (a: Tensor, b: Tensor) -> Tensor { a.combined(with: b) { $0 - $1 } }
    /// The product of two tensors of one shape, element by element.
    public static func * (a: Tensor, b: Tensor) -> Tensor { a.combined(with: b) { $0 * $1 } }
    /// The tensor with a number added to each element.
    public static func + (a: Tensor, b: Float) -> Tensor { a.combined(with: a) { x, _ in x + b } }
    /// The tensor with a number subtracted from each element.
    public static func - (a: Tensor, b: Float) -> Tensor { a.combined(with: a) { x, _ in x - b } }
    /// The tensor with each element multiplied by a number.
    public static func * (a: Tensor, b: Float) -> Tensor { a.combined(with: a) { x, _ in x * b } }
    /// The tensor with each element divided by a number.
    public static func / (a: Tensor, b: Float) -> Tensor { a.combined(with: a) { x, _ in x / b } }
    /// The tensor with each element multiplied by a number.
    public static func * (a: Float, b: Tensor) -> Tensor { b * a }
    /// The tensor with the sign of each element changed.
    public static prefix func - (a: Tensor) -> Tensor { a.combined(with: a) { x, _ in -x } }

    /// Adds a tensor of the same shape, element by element.
    public static func += (a: inout Tensor, b: Tensor) { a.combine(with: b) { $0 + $1 } }
    /// Subtracts a tensor of the same shape, element by element.
    public static func -= (a: inout Tensor, b: Tensor) { a.combine(with: b) { $0 - $1 } }
    /// Multiplies by a tensor of the same shape, element by element.
    public static func *= (a: inout Tensor, b: Tensor) { a.combine(with: b) { $0 * $1 } }
    /// Adds a number to each element.
    public static func += (a: inout Tensor, b: Float) { a.apply { $0 + b } }
    /// Subtracts a number from each element.
    public static func -= (a: inout Tensor, b: Float) { a.apply { $0 - b } }
    /// Multiplies each element by a number.
    public static func *= (a: inout Tensor, b: Float) { a.apply { $0 * b } }
    /// Divides each element by a number.
    public static func /= (a: inout Tensor, b: Float) { a.apply { $0 / b } }
}
