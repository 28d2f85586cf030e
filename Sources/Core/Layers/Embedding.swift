/// A table of vectors, one for each number of a vocabulary.
struct Embedding: Sendable {
    let count: Int
    let width: Int
    private let table: Tensor

    /// Reads "weight" [count, width]. The table stays a view of the weights: only the rows in use are ever read.
    init(_ weights: WeightScope, count: Int, width: Int) throws(CheckpointError) {
        self.init(weight: try weights.tensor("weight", count, width))
    }

    init(weight: Tensor) {
        count = weight.shape[0]
        width = weight.shape[1]
        table = weight
    }

    /// The vectors of `indices`: [indices.count, width].
    func callAsFunction(_ indices: [Int]) -> Tensor {
        precondition(indices.allSatisfy { 0 <= $0 && $0 < count }, "an index lies outside a table of \(count) vectors")
        return unsafe Tensor(uninitialized: [indices.count, width]) { target in
            unsafe table.withUnsafeElements { table in
                for (row, index) in indices.enumerated() {
                    unsafe (target.baseAddress! + row * width)
                        .initialize(from: table.baseAddress! + index * width, count: width)
                }
            }
        }
    }
}
