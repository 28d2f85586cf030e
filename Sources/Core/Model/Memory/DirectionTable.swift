/// Rows of 8-bit numbers, each of which says a direction: its length does not count.
struct DirectionTable: Sendable {
    let rows: Int
    let width: Int
    private let elements: [Int8]
    /// 1 over the length of each row.
    private let scales: [Float]

    /// Reads a table of a file.
    /// - Throws: `CheckpointError` for a tensor that is missing, of another shape, not of 8-bit integers, or with a row of zeros.
    init(_ weights: WeightScope, _ name: String, rows: Int, width: Int) throws(CheckpointError) {
        let elements = try weights.bytes(name, rows, width)
        self.rows = rows
        self.width = width
        self.elements = elements
        scales = (0..<rows).map { row in
            let squares = elements[row * width..<(row + 1) * width].reduce(0) { $0 + Int($1) * Int($1) }
            return squares == 0 ? .infinity : 1 / Float(squares).squareRoot()
        }
        if let row = scales.firstIndex(of: .infinity) {
            throw .malformed(
                file: weights.weights.path, key: name, reason: "row \(row) is all zeros, where a direction is expected")
        }
    }

    /// The cosine of each row and a vector of length 1.
    func cosines(_ vector: [Float]) -> [Float] {
        precondition(vector.count == width, "\(vector.count) numbers for rows of \(width)")
        return (0..<rows).map { row in
            var sum: Float = 0
            let start = row * width
            for index in 0..<width { sum += Float(elements[start + index]) * vector[index] }
            return sum * scales[row]
        }
    }

    /// Adds a row of length 1, times a share, to a sum.
    func add(_ row: Int, times share: Float, to sum: inout [Float]) {
        let (start, factor) = (row * width, share * scales[row])
        for index in 0..<width { sum[index] += Float(elements[start + index]) * factor }
    }
}

extension [Float] {
    /// The vector of the same direction and length 1; zeros stay zeros.
    var unitLength: [Float] {
        let length = Swift.max(reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-9)
        return map { $0 / length }
    }
}
