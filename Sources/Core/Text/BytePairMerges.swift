/// The merges of a byte-pair encoding, applied in the order in which they were learnt (arXiv 1508.07909).
struct BytePairMerges: Sendable {
    private struct Pair: Hashable {
        let left: Int32
        let right: Int32
    }

    private struct Merge {
        let rank: UInt32
        let result: Int32
    }

    private var merges: [Pair: Merge] = [:]

    init(capacity: Int) { merges.reserveCapacity(capacity) }

    /// Adds the next merge: it ranks after all others. A pair that is already there keeps the later rank.
    mutating func append(_ left: Int, _ right: Int, result: Int, rank: Int) {
        merges[Pair(left: Int32(left), right: Int32(right))] = Merge(rank: UInt32(rank), result: Int32(result))
    }

    /// Merges the tokens of one piece until no pair of neighbours is a merge: the lowest rank first, of equals the leftmost.
    /// - Returns: the merged tokens. The time is n log n in the length of the piece.
    func apply(to tokens: [Int32]) -> [Int32] {
        guard tokens.count > 1 else { return tokens }
        var tokens = tokens
        // A doubly linked list within the array; a token that was merged into its left neighbour is -1.
        var next = Array(1...tokens.count)
        var previous = Array(-1..<tokens.count - 1)
        var heap = MinimumHeap()

        func push(_ left: Int) {
            let right = next[left]
            guard right < tokens.count, let merge = merges[Pair(left: tokens[left], right: tokens[right])] else {
                return
            }
            heap.push(UInt64(merge.rank) << 32 | UInt64(left))
        }
        for position in tokens.indices { push(position) }

        while let entry = heap.pop() {
            let left = Int(entry & 0xffff_ffff)
            let right = next[left]
            // An entry is stale when one of its tokens has been merged since; the pair there now has an entry of its own.
            guard tokens[left] >= 0, right < tokens.count,
                let merge = merges[Pair(left: tokens[left], right: tokens[right])], merge.rank == UInt32(entry >> 32)
            else { continue }
            tokens[left] = merge.result
            tokens[right] = -1
            next[left] = next[right]
            if next[left] < tokens.count { previous[next[left]] = left }
            push(left)
            if previous[left] >= 0 { push(previous[left]) }
        }
        return tokens.filter { $0 >= 0 }
    }
}

/// A binary heap whose smallest number comes first.
private struct MinimumHeap {
    private var items: [UInt64] = []

    mutating func push(_ item: UInt64) {
        items.append(item)
        var child = items.count - 1
        while child > 0, items[child] < items[(child - 1) / 2] {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> UInt64? {
        guard let smallest = items.first else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return smallest }
        items[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
            guard child < items.count, items[child] < items[parent] else { return smallest }
            items.swapAt(child, parent)
            parent = child
        }
    }
}
