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
    /// By Levinson's recursion, whose time grows with the square of the size (G. Golub and C. Van Loan, "Matrix computations", algorithm 4.7.2).
    /// What is not positive definite in double precision is solved with a little more on its diagonal.
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
        let size = column.count
        let diagonal = column[0] * (1 + load)
        guard diagonal > 0, diagonal.isFinite else { return nil }
        // The last element first, so that every sum runs forward.
        var reversed = column.reversed().map { $0 / diagonal }
        reversed[size - 1] = 1
        var (solution, filter) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
        solution[0] = right[0] / diagonal
        guard size > 1 else { return solution }
        let nearest = reversed[size - 2]
        var (error, reflection) = (1.0, -nearest)
        filter[0] = reflection
        // What the past says of the next element, and of the next reflection.
        var products = [nearest * solution[0], nearest * filter[0]]
        let kernels = unsafe InstructionSet.current.kernels
        for step in 1..<size {
            error *= 1 - reflection * reflection
            guard error > 1e-15 else { return nil }
            let next = (right[step] / diagonal - products[0]) / error
            let isLast = step == size - 1
            reflection = isLast ? 0 : -(reversed[size - 2 - step] + products[1]) / error
            unsafe reversed.withUnsafeBufferPointer { reversed in
                unsafe kernels.pointee.levinson(
                    &solution, &filter, Int64(step), next, reflection,
                    reversed.baseAddress! + (isLast ? 0 : size - 2 - step),
                    &products)
            }
            (solution[step], filter[step]) = (next, reflection)
            products[0] += nearest * next
            products[1] += nearest * reflection
        }
        return solution
    }
}
