internal import COpenBLAS

/// A symmetric, positive definite matrix of double precision in which each diagonal holds one number, as that of an autocorrelation.
public struct ToeplitzMatrix: Sendable {
    /// The first column.
    private let column: [Double]

    /// The shares of the diagonal that are added to it, one after the other, until rounding leaves it positive definite.
    private static let loads = [0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4]

    /// A matrix by its first column, from the main diagonal on, which has at least one element.
    public init(column: [Double]) {
        precondition(!column.isEmpty, "a matrix without elements")
        self.column = column
    }

    /// Solves the system of equations with the matrix on its left.
    ///
    /// By Levinson's recursion, whose time grows with the square of the size (G. Golub and C. Van Loan, "Matrix computations", algorithm 4.7.2),
    /// its sums by OpenBLAS on one thread. What is not positive definite in double precision is solved with a little more
    /// on its diagonal.
    /// - Parameter right: the right side, as many elements as the matrix has rows.
    /// - Returns: the solution; zeros for a matrix that no such addition helps.
    public func solution(of right: [Double]) -> [Double] {
        precondition(right.count == column.count, "a right side of another size")
        for load in Self.loads {
            if let solution = solution(of: right, load: load) { return solution }
        }
        return [Double](repeating: 0, count: right.count)
    }

    private func solution(of right: [Double], load: Double) -> [Double]? {
        OpenBLAS.prepare()
        let size = column.count
        let diagonal = column[0] * (1 + load)
        guard diagonal > 0, diagonal.isFinite else { return nil }
        // The last element first, so that every sum runs forward.
        var reversed = [Double](column.reversed())
        for index in reversed.indices { reversed[index] /= diagonal }
        reversed[size - 1] = 1
        var (solution, filter) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
        var turned = filter
        solution[0] = right[0] / diagonal
        guard size > 1 else { return solution }
        var error = 1.0
        var reflection = -reversed[size - 2]
        filter[0] = reflection
        let isSolved = unsafe reversed.withUnsafeBufferPointer { reversed in
            unsafe solution.withUnsafeMutableBufferPointer { solution in
                unsafe filter.withUnsafeMutableBufferPointer { filter in
                    unsafe turned.withUnsafeMutableBufferPointer { turned -> Bool in
                        let (x, y, z) = (solution.baseAddress!, filter.baseAddress!, turned.baseAddress!)
                        for step in 1..<size {
                            error *= 1 - reflection * reflection
                            guard error > 1e-15 else { return false }
                            let count = Int32(step)
                            unsafe cblas_dcopy(count, y, -1, z, 1)
                            let past = unsafe reversed.baseAddress! + (size - 1 - step)
                            let next = unsafe (right[step] / diagonal - DotProduct.of(past, x, count: step)) / error
                            unsafe cblas_daxpy(count, next, z, 1, x, 1)
                            unsafe x[step] = next
                            guard step < size - 1 else { break }
                            let further = unsafe reversed.baseAddress! + (size - 2 - step)
                            reflection = unsafe -(further[0] + DotProduct.of(further + 1, y, count: step)) / error
                            unsafe cblas_daxpy(count, reflection, z, 1, y, 1)
                            unsafe y[step] = reflection
                        }
                        return true
                    }
                }
            }
        }
        return isSolved ? solution : nil
    }
}
