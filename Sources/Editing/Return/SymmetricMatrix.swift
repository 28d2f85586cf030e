/// A small symmetric matrix.
struct SymmetricMatrix {
    private let rows: [[Double]]

    init(_ rows: [[Double]]) { self.rows = rows }

    /// The symmetric matrix whose square this is, eigenvalues below 0 being taken for 0.
    ///
    /// By Jacobi's rotations (G. Golub, C. Van Loan, "Matrix computations", section 8.5).
    var squareRoot: [[Double]] {
        let size = rows.count
        var matrix = rows
        var vectors = (0..<size).map { row in (0..<size).map { $0 == row ? 1.0 : 0 } }
        let scale = (0..<size).reduce(0) { $0 + abs(rows[$1][$1]) }
        for _ in 0..<50 {
            var off = 0.0
            for p in 0..<size {
                for q in p + 1..<max(p + 1, size) {
                    off += abs(matrix[p][q])
                    Self.rotate(&matrix, &vectors, p, q)
                }
            }
            if off <= 1e-14 * scale { break }
        }
        let roots = (0..<size).map { max(0, matrix[$0][$0]).squareRoot() }
        return (0..<size).map { a in
            (0..<size).map { b in (0..<size).reduce(0) { $0 + vectors[a][$1] * roots[$1] * vectors[b][$1] } }
        }
    }

    /// Turns the plane of two axes so that their element becomes 0.
    private static func rotate(_ matrix: inout [[Double]], _ vectors: inout [[Double]], _ p: Int, _ q: Int) {
        guard matrix[p][q] != 0 else { return }
        let theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q])
        let tangent = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for k in matrix.indices {
            let (a, b) = (matrix[k][p], matrix[k][q])
            (matrix[k][p], matrix[k][q]) = (cosine * a - sine * b, sine * a + cosine * b)
        }
        for k in matrix.indices {
            let (a, b) = (matrix[p][k], matrix[q][k])
            (matrix[p][k], matrix[q][k]) = (cosine * a - sine * b, sine * a + cosine * b)
        }
        for k in matrix.indices {
            let (a, b) = (vectors[k][p], vectors[k][q])
            (vectors[k][p], vectors[k][q]) = (cosine * a - sine * b, sine * a + cosine * b)
        }
    }
}
