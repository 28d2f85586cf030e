internal import CFiles
internal import CKernels
internal import Synchronization

/// The memory behind tensors: a block of its own from the recycling pool, or a view of memory that somebody else owns.
///
/// Sendable because a block is written only while exactly one tensor refers to it (`Tensor` sees to that).
@safe final class TensorStorage: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int
    /// What keeps a view's memory alive; nil for a block of the pool.
    private let owner: AnyObject?

    /// Bytes of the pool's block; 0 for a view.
    private let blockSize: Int

    /// Uninitialised memory for `count` elements, aligned to 64 bytes.
    init(count: Int) {
        (unsafe base, blockSize) = unsafe BlockPool.take(count)
        self.count = count
        owner = nil
    }

    /// A read-only view of `elements`, which live as long as `owner`.
    init(viewing elements: UnsafeBufferPointer<Float>, keeping owner: AnyObject) {
        unsafe base = UnsafeMutablePointer(mutating: elements.baseAddress!)
        count = elements.count
        blockSize = 0
        self.owner = owner
    }

    var isView: Bool { owner != nil }

    deinit {
        if owner == nil { unsafe BlockPool.give(base, blockSize) }
    }
}

/// Blocks that came free, kept for the next tensors: a network asks for the same few sizes again and again, and fresh pages
/// from the system cost more than most layers.
enum BlockPool {
    private struct Block {
        let address: UInt
        let size: Int
    }

    /// Free blocks, the one that came free last at the end.
    private struct Shelf {
        var blocks: [Block] = []
        var bytes = 0
    }

    private static let shelf = Mutex(Shelf())
    /// Free memory beyond this goes back to the system, the blocks that lay longest first.
    private static let largestShelf = 256 << 20
    /// More free blocks than this would be slow to search.
    private static let mostBlocks = 200

    /// Gives all free blocks back to the system.
    static func clear() {
        release(
            shelf.withLock { shelf in
                defer { shelf = Shelf() }
                return shelf.blocks
            })
    }

    /// Memory for `count` elements, and the size of its block in bytes.
    static func take(_ count: Int) -> (base: UnsafeMutablePointer<Float>, size: Int) {
        let size = blockSize(count)
        // The block that came free last is the likeliest to be in the cache; a quarter too large is near enough.
        let recycled: Block? = shelf.withLock { shelf in
            let fitting = shelf.blocks.lastIndex { size <= $0.size && $0.size <= size + size / 4 }
            guard let fitting else { return nil }
            let block = shelf.blocks.remove(at: fitting)
            shelf.bytes -= block.size
            return block
        }
        let address =
            unsafe recycled.map { unsafe UnsafeMutableRawPointer(bitPattern: $0.address) } ?? retouch_allocate(size)
        guard let address = unsafe address else { retouch_out_of_memory() }
        return unsafe (address.bindMemory(to: Float.self, capacity: count), recycled?.size ?? size)
    }

    static func give(_ base: UnsafeMutablePointer<Float>, _ size: Int) {
        let block = Block(address: UInt(bitPattern: base), size: size)
        release(
            shelf.withLock { shelf in
                shelf.blocks.append(block)
                shelf.bytes += block.size
                var surplus = 0
                while shelf.bytes > largestShelf || shelf.blocks.count - surplus > mostBlocks {
                    shelf.bytes -= shelf.blocks[surplus].size
                    surplus += 1
                }
                defer { shelf.blocks.removeFirst(surplus) }
                return Array(shelf.blocks[..<surplus])
            })
    }

    private static func release(_ blocks: [Block]) {
        for block in blocks { unsafe retouch_free(UnsafeMutableRawPointer(bitPattern: block.address), block.size) }
    }

    /// Bytes set aside for `count` elements: eight sizes to the octave, so that blocks fit again and little is wasted.
    private static func blockSize(_ count: Int) -> Int {
        let bytes = max(count * MemoryLayout<Float>.stride, 64)
        let step = max(64, (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 8)
        return (bytes + step - 1) / step * step
    }
}
