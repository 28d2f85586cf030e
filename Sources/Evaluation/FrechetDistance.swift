public import Core

/// The Frechet distance of two sets of vectors, each taken for a draw of a normal distribution:
/// |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), with means m and covariances S (D. Dowson and B. Landau, 1982).
public enum FrechetDistance {
    /// The distance of two sets.
    ///
    /// With S = A^T A for the centred vectors A over sqrt(n - 1), tr (S1 S2)^(1/2) is the sum of the singular values of A1 A2^T. It needs
    /// no inverse and no root of a matrix that is not symmetric, so that it is exact for fewer vectors than they have elements.
    /// - Parameters:
    ///   - first: vectors, [n, width], at least two.
    ///   - second: vectors, [m, width], at least two.
    /// - Returns: the distance, squared as all who report it do; at least 0.
    public static func between(_ first: DenseMatrix, _ second: DenseMatrix) -> Double {
        precondition(first.columns == second.columns, "vectors of different widths")
        precondition(first.rows > 1 && second.rows > 1, "the spread of one vector")
        let (a, b) = (Spread(first), Spread(second))
        let apart = zip(a.mean, b.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let common = a.factor.times(transposeOf: b.factor).singularValues.reduce(0, +)
        return max(0, apart + a.variance + b.variance - 2 * common)
    }

    /// The mean and the covariance of vectors.
    private struct Spread {
        let mean: [Double]
        /// A matrix F with F^T F = S, of no more rows than columns.
        let factor: DenseMatrix
        /// tr S
        let variance: Double

        init(_ vectors: DenseMatrix) {
            let (rows, columns) = (vectors.rows, vectors.columns)
            var mean = [Double](repeating: 0, count: columns)
            for index in vectors.elements.indices { mean[index % columns] += vectors.elements[index] }
            for column in mean.indices { mean[column] /= Double(rows) }
            let scale = 1 / Double(rows - 1).squareRoot()
            var centred = vectors.elements
            for index in centred.indices { centred[index] = (centred[index] - mean[index % columns]) * scale }
            self.mean = mean
            variance = centred.reduce(0) { $0 + $1 * $1 }
            let matrix = DenseMatrix(centred, rows: rows, columns: columns)
            factor = rows > columns ? SymmetricMatrix(matrix.transposeTimes(matrix)).factor : matrix
        }
    }
}

extension DenseMatrix {
    /// Vectors of one width as rows.
    init(_ vectors: [[Float]]) {
        self.init(vectors.flatMap { $0.map(Double.init) }, rows: vectors.count, columns: vectors.first?.count ?? 0)
    }

    /// Some of the rows, each as often as it is named.
    func rows(_ indices: [Int]) -> DenseMatrix {
        DenseMatrix(
            indices.flatMap { elements[$0 * columns..<($0 + 1) * columns] }, rows: indices.count, columns: columns)
    }
}
