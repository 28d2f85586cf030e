internal import COpenBLAS

/// A matrix of double precision.
public struct DenseMatrix: Sendable, Equatable {
    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// The elements, row-major [rows, columns].
    public let elements: [Double]

    /// A matrix of given elements, row-major; there have to be `rows` times `columns` of them.
    public init(_ elements: [Double], rows: Int, columns: Int) {
        precondition(elements.count == rows * columns, "\(elements.count) elements for \(rows) rows of \(columns)")
        self.rows = rows
        self.columns = columns
        self.elements = elements
    }

    /// The element of a row and a column.
    public subscript(row: Int, column: Int) -> Double { elements[row * columns + column] }

    /// The product of this matrix and the transpose of another one with as many columns: [rows, other.rows].
    public func times(transposeOf other: DenseMatrix) -> DenseMatrix {
        precondition(columns == other.columns, "rows of \(columns) and of \(other.columns)")
        return product(other, CblasNoTrans, CblasTrans, rows, other.rows, columns)
    }

    /// The product of the transpose of this matrix and another one with as many rows: [columns, other.columns].
    public func transposeTimes(_ other: DenseMatrix) -> DenseMatrix {
        precondition(rows == other.rows, "\(rows) and \(other.rows) rows")
        return product(other, CblasTrans, CblasNoTrans, columns, other.columns, rows)
    }

    private func product(
        _ other: DenseMatrix, _ first: CBLAS_TRANSPOSE, _ second: CBLAS_TRANSPOSE, _ height: Int, _ width: Int,
        _ depth: Int
    ) -> DenseMatrix {
        guard height * width * depth > 0 else {
            return DenseMatrix([Double](repeating: 0, count: height * width), rows: height, columns: width)
        }
        OpenBLAS.prepare()
        var result = [Double](repeating: 0, count: height * width)
        unsafe cblas_dgemm(
            CblasRowMajor, first, second, Int32(height), Int32(width), Int32(depth), 1, elements, Int32(columns),
            other.elements, Int32(other.columns), 0, &result, Int32(width))
        return DenseMatrix(result, rows: height, columns: width)
    }

    /// The singular values in falling order, as many as the smaller of both sizes, by LAPACK's `dgesdd`.
    public var singularValues: [Double] {
        let count = min(rows, columns)
        guard count > 0 else { return [] }
        OpenBLAS.prepare()
        // What LAPACK reads column by column is the transpose, whose singular values are the same.
        var (matrix, values) = (elements, [Double](repeating: 0, count: count))
        var (height, width, info, none) = (Int32(columns), Int32(rows), Int32(0), Int32(1))
        let most = max(rows, columns)
        // Without vectors it needs 3 min + max(max, 7 min); blocks of up to 64 make it quick.
        var length = Int32(3 * count + max(most, 7 * count) + 66 * (most + count))
        var work = [Double](repeating: 0, count: Int(length))
        var integers = [Int32](repeating: 0, count: 8 * count)
        var (unused, alsoUnused) = (0.0, 0.0)
        var job = CChar(UInt8(ascii: "N"))
        unsafe dgesdd_(
            &job, &height, &width, &matrix, &height, &values, &unused, &none, &alsoUnused, &none, &work, &length,
            &integers,
            &info, 1)
        precondition(info == 0, "singular values of a matrix that is not finite")
        return values
    }
}
