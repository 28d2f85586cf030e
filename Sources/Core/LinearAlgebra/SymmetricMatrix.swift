internal import COpenBLAS

/// A symmetric matrix of double precision.
public struct SymmetricMatrix: Sendable {
    /// The number of rows, and of columns.
    let size: Int
    /// Row-major [size, size].
    private let elements: [Double]

    /// A matrix of some rows, as many as each has elements. It has to be equal to its transpose.
    public init(_ rows: [[Double]]) {
        precondition(rows.allSatisfy { $0.count == rows.count }, "a matrix that is not square")
        size = rows.count
        elements = rows.flatMap { $0 }
    }

    /// A matrix that is equal to its transpose.
    public init(_ matrix: DenseMatrix) {
        precondition(matrix.rows == matrix.columns, "a matrix that is not square")
        size = matrix.rows
        elements = matrix.elements
    }

    /// A matrix F with F^T F = this one: the roots of the eigenvalues times the eigenvectors. Eigenvalues below 0 are taken for 0.
    public var factor: DenseMatrix {
        let (values, vectors) = eigensystem
        let roots = values.map { max(0, $0).squareRoot() }
        return DenseMatrix(
            vectors.indices.map { vectors[$0] * roots[$0 / size] }, rows: size, columns: size)
    }

    /// The symmetric matrix whose square this is, as rows; eigenvalues below 0 are taken for 0.
    ///
    /// With LAPACK's `dsyev`: A = V diag(w) V^T, and the square root is V diag(sqrt(w)) V^T.
    public var squareRoot: [[Double]] {
        let (values, vectors) = eigensystem
        // As a product with its own transpose: V diag(w^1/4).
        let roots = values.map { max(0, $0).squareRoot().squareRoot() }
        let scaled = (0..<size * size).map { roots[$0 % size] * vectors[$0 % size * size + $0 / size] }
        let product = size > 0 ? MatrixProduct.ofTranspose(scaled, rows: size) : []
        return (0..<size).map { Array(product[$0 * size..<($0 + 1) * size]) }
    }

    /// The eigenvalues in rising order, and the eigenvectors one after the other.
    var eigensystem: (values: [Double], vectors: [Double]) {
        guard size > 0 else { return ([], []) }
        OpenBLAS.prepare()
        var (vectors, values) = (elements, [Double](repeating: 0, count: size))
        var (order, info) = (Int32(size), Int32(0))
        // Enough for every block size that LAPACK has.
        var length = Int32(66 * size)
        var work = [Double](repeating: 0, count: Int(length))
        var (withVectors, lower) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")))
        unsafe dsyev_(&withVectors, &lower, &order, &vectors, &order, &values, &work, &length, &info, 1, 1)
        precondition(info == 0, "eigenvalues of a matrix that is not finite")
        return (values, vectors)
    }
}
