extension Tensor {
    /// The tensors joined along `axis`; their other axes must agree.
    public static func concatenated(_ tensors: [Tensor], axis: Int) -> Tensor {
        precondition(!tensors.isEmpty, "nothing to join")
        var shape = tensors[0].shape
        for tensor in tensors {
            var other = tensor.shape
            precondition(other.count == shape.count && axis < shape.count, "cannot join \(shape) and \(other)")
            other[axis] = shape[axis]
            precondition(other == shape, "cannot join \(shape) and \(tensor.shape) along axis \(axis)")
        }
        shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[axis...].reduce(1, *)
        return unsafe Tensor(uninitialized: shape) { target in
            var offset = 0
            for tensor in tensors {
                let run = tensor.shape[axis...].reduce(1, *)
                guard run > 0, outer > 0 else { continue }
                unsafe tensor.withUnsafeElements { source in
                    Parallel.run(outer, by: max(1, elementsPerTask / run)) { rows in
                        for i in rows {
                            unsafe (target.baseAddress! + i * inner + offset)
                                .initialize(from: source.baseAddress! + i * run, count: run)
                        }
                    }
                }
                offset += run
            }
        }
    }

    /// The part of the tensor whose index along `axis` lies in `range`.
    public func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape[axis], "\(range) lies outside axis \(axis) of \(shape)")
        var result = shape
        result[axis] = range.count
        let outer = shape[..<axis].reduce(1, *)
        let width = shape[(axis + 1)...].reduce(1, *)
        let run = range.count * width
        return unsafe Tensor(uninitialized: result) { target in
            guard run > 0 else { return }
            unsafe withUnsafeElements { source in
                for i in 0..<outer {
                    unsafe (target.baseAddress! + i * run)
                        .initialize(
                            from: source.baseAddress! + (i * shape[axis] + range.lowerBound) * width, count: run)
                }
            }
        }
    }

    /// The axes in another order: axis `i` of the result is axis `permutation[i]` of this tensor.
    public func transposed(_ permutation: [Int]) -> Tensor {
        precondition(permutation.sorted() == Array(shape.indices), "\(permutation) is no order of the axes of \(shape)")
        var strides = [Int](repeating: 1, count: shape.count)
        for i in shape.indices.dropLast().reversed() { strides[i] = strides[i + 1] * shape[i + 1] }
        let result = permutation.map { shape[$0] }
        let steps = permutation.map { strides[$0] }
        guard let last = result.last, let step = steps.last, count > 0 else { return reshaped(result) }
        return unsafe Tensor(uninitialized: result) { target in
            unsafe withUnsafeElements { source in
                var index = [Int](repeating: 0, count: result.count)
                var offset = 0
                for row in stride(from: 0, to: target.count, by: last) {
                    for i in 0..<last { unsafe target[row + i] = source[offset + i * step] }
                    // The next row: count up like an odometer over all axes but the last.
                    var axis = result.count - 2
                    while axis >= 0 {
                        index[axis] += 1
                        offset += steps[axis]
                        if index[axis] < result[axis] { break }
                        offset -= index[axis] * steps[axis]
                        index[axis] = 0
                        axis -= 1
                    }
                }
            }
        }
    }
}

extension Tensor {
    /// The tensor `count` times, one after the other, along a new first axis: [count, ...].
    public func repeated(_ count: Int) -> Tensor {
        let one = reshaped([1] + shape)
        return .concatenated(Array(repeating: one, count: count), axis: 0)
    }

    /// The same tensor in memory of its own: for what must outlive a mapped file.
    func owned() -> Tensor {
        sliced(axis: 0, 0..<shape[0])
    }
}
