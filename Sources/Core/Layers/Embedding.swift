/// A table of vectors, one for each number of a vocabulary.
struct Embedding: Sendable {
    let count: Int
    let width: Int
    private let table: StoredTensor

    /// Reads "weight" [count, width]. The table stays where it is: only the rows in use are ever converted.
    init(_ weights: WeightScope, count: Int, width: Int) throws(CheckpointError) {
        self.count = count
        self.width = width
        table = try weights.table("weight", count, width)
    }

    /// The vectors of `indices`: [indices.count, width].
    func callAsFunction(_ indices: [Int]) -> Tensor {
        precondition(indices.allSatisfy { 0 <= $0 && $0 < count }, "an index lies outside a table of \(count) vectors")
        return Tensor.concatenated(indices.map { table.rows($0..<$0 + 1).load() }, axis: 0)
    }
}
