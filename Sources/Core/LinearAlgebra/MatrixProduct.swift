internal import COpenBLAS

/// Products of matrices, row-major and one after the other in memory, on the thread that calls.
public enum MatrixProduct {
    /// The product of two matrices of single precision.
    /// - Parameters:
    ///   - first: [rows, inner].
    ///   - second: [inner, columns].
    /// - Returns: [rows, columns].
    public static func product(
        _ first: [Float], _ second: [Float], rows: Int, inner: Int, columns: Int
    ) -> [Float] {
        precondition(first.count == rows * inner && second.count == inner * columns, "matrices that do not fit")
        var result = [Float](repeating: 0, count: rows * columns)
        if result.isEmpty || inner == 0 { return result }
        OpenBLAS.prepare()
        unsafe cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, first,
            Int32(inner), second, Int32(columns), 0, &result, Int32(columns))
        return result
    }

    /// The product of a matrix of double precision with its own transpose.
    /// - Parameters:
    ///   - matrix: [rows, columns].
    ///   - rows: the number of rows.
    /// - Returns: [rows, rows], symmetric.
    public static func ofTranspose(_ matrix: [Double], rows: Int) -> [Double] {
        precondition(rows > 0 && matrix.count % rows == 0, "a matrix that is not whole")
        let columns = matrix.count / rows
        var result = [Double](repeating: 0, count: rows * rows)
        if columns == 0 { return result }
        OpenBLAS.prepare()
        unsafe cblas_dsyrk(
            CblasRowMajor, CblasLower, CblasNoTrans, Int32(rows), Int32(columns), 1, matrix, Int32(columns), 0,
            &result, Int32(rows))
        for row in 0..<rows { for column in 0..<row { result[column * rows + row] = result[row * rows + column] } }
        return result
    }
}
