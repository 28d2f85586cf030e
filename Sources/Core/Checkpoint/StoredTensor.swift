/// Where a tensor lies in a mapped file, and how.
struct StoredTensor: Sendable {
    let file: MappedFile
    let type: ElementType
    let shape: [Int]
    /// In elements, one per axis.
    let strides: [Int]
    /// Of the first element, in bytes from the start of the file. The reader that made this value has checked that every element lies within the file.
    let offset: Int

    /// The number of elements, nil where a dimension is negative or the product overflows.
    static func count(of shape: [Int]) -> Int? {
        var count = 1
        for dimension in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { return nil }
            count = product
        }
        return count
    }

    /// The strides of a row-major tensor. The shape's count must not overflow.
    static func rowMajorStrides(_ shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] &* max(shape[axis + 1], 1)
        }
        return strides
    }

    /// Whether the elements lie row-major without gaps. Axes of length 1 may have any stride.
    var isContiguous: Bool {
        let rowMajor = Self.rowMajorStrides(shape)
        return shape.contains(0) || shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == rowMajor[$0] }
    }

    /// Some of the first axis.
    func rows(_ range: Range<Int>) -> StoredTensor {
        StoredTensor(
            file: file, type: type, shape: [range.count] + shape.dropFirst(), strides: strides,
            offset: offset + range.lowerBound * strides[0] * type.width)
    }

    /// The elements as single-precision floats: a view of the mapped file where they are stored so, else a converted copy.
    func load() -> Tensor {
        let address = unsafe file.bytes.baseAddress! + offset
        let count = Self.count(of: shape)!
        if type == .float32, isContiguous, Int(bitPattern: address) % MemoryLayout<Float>.alignment == 0 {
            let elements = unsafe UnsafeBufferPointer(start: address.assumingMemoryBound(to: Float.self), count: count)
            return unsafe Tensor(mapped: elements, keeping: file, shape: shape)
        }
        return unsafe Tensor(uninitialized: shape) { destination in
            if isContiguous {
                unsafe convert(address, into: destination)
            } else {
                unsafe gather(address, into: destination)
            }
        }
    }

    private func convert(_ source: UnsafeRawPointer, into destination: UnsafeMutableBufferPointer<Float>) {
        // One loop per type, so that each becomes vector code.
        switch type {
        case .float64: unsafe Self.convert(.float64, source, into: destination)
        case .float32: unsafe Self.convert(.float32, source, into: destination)
        case .float16:
            if let start = destination.baseAddress {
                unsafe InstructionSet.current.kernels.pointee.widen_halves(source, start, Int64(destination.count))
            }
        case .bfloat16: unsafe Self.convert(.bfloat16, source, into: destination)
        default: preconditionFailure("\(type.rawValue) elements are not weights")
        }
    }

    @inline(__always)
    private static func convert(
        _ type: ElementType, _ source: UnsafeRawPointer, into destination: UnsafeMutableBufferPointer<Float>
    ) {
        let width = type.width
        for index in 0..<destination.count {
            unsafe destination[index] = unsafe type.float(at: source + index &* width)
        }
    }

    /// Copies elements that lie at any strides into row-major order.
    private func gather(_ source: UnsafeRawPointer, into destination: UnsafeMutableBufferPointer<Float>) {
        var position = [Int](repeating: 0, count: shape.count)
        var element = 0
        for index in 0..<destination.count {
            unsafe destination[index] = unsafe type.float(at: source + element * type.width)
            for axis in shape.indices.reversed() {
                position[axis] += 1
                element += strides[axis]
                if position[axis] < shape[axis] { break }
                element -= position[axis] * strides[axis]
                position[axis] = 0
            }
        }
    }
}
